import { realpathSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import pino from 'pino';
import { loadConfig } from './config/load.js';
import { ByteAccounts } from './daemon/memory/byte-account.js';
import { PieceRooms } from './daemon/memory/piece-rooms.js';
import { systemClock } from './daemon/waiting/clock.js';
import { Turns } from './daemon/waiting/turns.js';
import { BATCH_CHAPTER } from './http/batch/batch-definition.js';
import { lessonSchemaText } from './http/lessons/lesson-schema.js';
import { openApiText } from './http/openapi/openapi.js';
import { openRpcText } from './http/rpc/open-rpc.js';
import { buildServer } from './http/server.js';
import { NO_EVENTS } from './operations/journal/event-feed.js';
import { CHAPTERS, OPERATIONS } from './operations/list.js';
import { readVersion } from './process/version.js';

/** The text of openapi/openapi.json: what a daemon of this source serves at /openapi.json. */
export const currentOpenApi = async (): Promise<string> => {
  const { limits } = loadConfig({ env: {} }).config;
  const app = await buildServer({
    clock: systemClock,
    chapters: CHAPTERS,
    operations: OPERATIONS,
    dispatch: () => {
      throw new Error('only the document is wanted');
    },
    tokens: [],
    host: '127.0.0.1',
    log: pino({ level: 'silent' }),
    version: readVersion(),
    events: NO_EVENTS,
    bytes: new ByteAccounts(limits),
    limits,
    connections: limits.connections,
    connectionsPerOwner: limits.connectionsPerOwner,
    turns: new Turns({ setImmediate }),
    findSocket: () => undefined,
    endSocket: () => undefined,
    rooms: new PieceRooms(),
    health: { isDraining: () => false, notReady: () => undefined, about: () => ({}), drain: () => undefined },
  });
  await app.ready();
  const text = openApiText(app);
  await app.close();
  return text;
};

/** The text of openapi/openrpc.json: what a daemon of this source answers to rpc.discover. */
export const currentOpenRpc = (): string => `${openRpcText([...CHAPTERS, BATCH_CHAPTER], readVersion())}\n`;

/** The text of lessons/lesson.schema.json: what the lessons of this source are checked against. */
export const currentLessonSchema = (): string => lessonSchemaText(CHAPTERS);

/** Run as a program (npm run openapi) it writes the files; imported it only offers their texts. */
const isProgram = (): boolean => {
  const { argv } = process;
  // The name that it was started by may lead through a link; the URL of a module does not.
  return argv[1] !== undefined && realpathSync.native(argv[1]) === fileURLToPath(import.meta.url);
};

if (isProgram()) {
  const folder = new URL('../../openapi/', import.meta.url);
  writeFileSync(new URL('openapi.json', folder), await currentOpenApi());
  writeFileSync(new URL('openrpc.json', folder), currentOpenRpc());
  writeFileSync(new URL('../../lessons/lesson.schema.json', import.meta.url), currentLessonSchema());
}
