/** Programs in TypeScript that end, or stop, without a word: what they held at the daemon ends with them. */
import { join } from 'node:path';
import { before, type TestContext } from 'node:test';
import { pathToFileURL } from 'node:url';
import { folder } from '../../places.js';
import { type Held, hold as holdWith } from '../held-session.js';
import { lostClientTests } from '../lost-client.js';
import { userEnv } from '../user.js';
import { BUILT, build } from './build.js';

before(() => build());

/** It connects to the port of its last argument, and says when it receives a byte. */
const CLIENT_PROGRAM = `
import { Rig } from ${JSON.stringify(pathToFileURL(join(BUILT, 'dist', 'node', 'index.js')).href)};
const rig = await Rig.open();
const connection = await rig.connect({ port: Number(process.argv.at(-1)) });
connection.write('here');
console.log('holds', rig.session.id);
connection.on('data', (bytes) => bytes.forEach(() => console.log('received')));
`;

const hold = (t: TestContext): Promise<Held> => {
  const argv = [process.execPath, '--input-type=module', '-e', CLIENT_PROGRAM];
  return holdWith(t, { argv, env: userEnv(folder(t)) });
};

lostClientTests(hold);
