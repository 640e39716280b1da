/**
 * The rooms of each layer, in order: a room imports only from rooms behind it. A file that stands beside the
 * rooms has its place in the same order. .dependency-cruiser.cjs makes rules of this list, and a folder or file
 * that is missing here is a violation; CONTRIBUTING.md says what is in each room.
 */
exports.ROOMS = {
  'src/http': [
    'server.ts',
    'health.ts',
    'events/',
    'export/',
    'openapi/',
    'rest/',
    'gates/',
    'problems/',
    'schemas.ts',
    'headers.ts',
  ],
  'src/http/export': [
    'journal-export.ts',
    'replay/',
    'pcapng/',
    'portions.ts',
    'json-lines.ts',
    'socket-life.ts',
  ],
  'src/operations': [
    'list.ts',
    'sessions/',
    'sockets/',
    'options/',
    'connection/',
    'transfer/',
    'waiting/',
    'resolver/',
    'lab/',
    'dispatch/',
    'journal/',
    'faults/',
    'schemas/',
    'operation.ts',
  ],
  'src/daemon': [
    'daemon.ts',
    'session-table.ts',
    'socket-table.ts',
    'sockets/',
    'sessions/',
    'journal/',
    'calls/',
    'faults/',
    'policy/',
    'ids/',
    'answers/',
    'waiting/',
  ],
};
