/** Journals of a daemon as the console reads them. */
import type { Arrow, Ladder, Participant } from '../../src/console/model/ladder.js';
import type { RecordedCall } from '../../src/console/model/types.js';
import type { TestDaemon, TestSession, TestSocket } from '../scenarios/test-daemon.js';

export interface Read {
  readonly sockets: Participant[];
  readonly calls: RecordedCall[];
}

/** What the journals of sockets and of a session tell. Labels are the names of the sockets. */
export const read = async (
  { api }: Pick<TestDaemon, 'api'>,
  named: Readonly<Record<string, TestSocket>>,
  session?: TestSession,
): Promise<Read> => {
  const sockets: Participant[] = [];
  const calls: RecordedCall[] = [];
  const entriesOf = async (path: string, sessionId?: string): Promise<object> => {
    for (let after = 0; ; ) {
      const journal = await api.ok.get(`${path}/journal?limit=1000&after=${after}`);
      for (const entry of journal.entries) {
        calls.push({
          sessionId: sessionId ?? journal.sessionId,
          entry,
          endMs: (journal.beganAt + entry.at) / 1000,
        });
      }
      after = journal.nextAfter;
      if (journal.entries.length < 1000) return journal;
    }
  };
  for (const [label, { id }] of Object.entries(named)) {
    const journal = await entriesOf(`/v1/sockets/${id}`);
    const { status, body } = await api.get(`/v1/sockets/${id}`);
    // A journal has the members of a participant. A live socket has told its addresses, too.
    sockets.push({ ...(journal as Participant), ...(status === 200 && body), label });
  }
  if (session) await entriesOf(session.path, session.id);
  return { sockets, calls };
};

/** The arrows of a ladder as lines such as `data 5 bytes: client send 5 bytes > server recv 5 bytes`. */
export const told = ({ columns, rows, arrows }: Ladder, ...kinds: Arrow['kind'][]): string[] =>
  arrows
    .filter(({ kind }) => kinds.length === 0 || kinds.includes(kind))
    .map(({ kind, label, fromColumn, fromRow, toColumn, toRow, seen }) => {
      const column = (index: number): string => {
        const shown = columns[index];
        return shown?.kind === 'foreign' ? 'foreign' : (shown?.label ?? `no column ${index}`);
      };
      const from = `${column(fromColumn)} ${rows[fromRow]?.label}`;
      const to = `${column(toColumn)} ${toRow === undefined ? '-' : rows[toRow]?.label}`;
      return `${kind}${label === kind ? '' : ` ${label}`}: ${from} > ${to}${seen ? '' : ' (not seen)'}`;
    });
