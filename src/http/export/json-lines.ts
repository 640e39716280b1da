import type { SocketLife } from './socket-life.js';

/** The journal as JSON lines, one for each entry. */
export function* transcript({ entries }: SocketLife): Generator<string> {
  for (const { op: _op, ...entry } of entries) yield `${JSON.stringify(entry)}\n`;
}
