import Type from 'typebox';
import { ok } from '../../winsock/outcome.js';
import { operation } from '../operation.js';
import { decoded, ProtocolInfoSchema } from '../schemas/protocol-info-schema.js';
import { component, emptyResult } from '../schemas/schemas.js';

export const enumProtocols = operation({
  name: 'enumProtocols',
  summary: 'The protocol catalog',
  description: [
    'The entries of every provider, those of the default provider first. Disconnect data can be sent on',
    'sockets whose entry has XP1_DISCONNECT_DATA: the lab has such entries, TCP/IP never has.',
    'XP1_IFS_HANDLES is not set on posix, where a socket is no handle of Windows.',
  ].join('\n'),
  winsock: ['WSAEnumProtocols'],
  page: 'https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsaenumprotocolsw',
  scope: 'session',
  params: emptyResult('EnumProtocolsRequest'),
  result: component('ProtocolList', 'The protocol catalog.', {
    protocols: Type.Array(ProtocolInfoSchema, { description: 'The catalog.' }),
  }),
  errors: ['WSAENETDOWN', 'WSAEINVAL', 'WSAENOBUFS', 'WSAEFAULT'],
  effect: 'read',
  rest: { method: 'GET', path: '/sessions/{sessionId}/protocols' },
  run(session) {
    const entries = session.catalog.entries();
    return entries.ok ? ok({ protocols: entries.value.map(decoded) }) : entries;
  },
});
