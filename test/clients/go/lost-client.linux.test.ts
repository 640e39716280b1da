/** Programs in Go that end, or stop, without a word: what they held at the daemon ends with them. */
import { join } from 'node:path';
import { after, before } from 'node:test';
import { newFolder, removeFolder } from '../../places.js';
import { canRun } from '../../remote/requirements.js';
import { hold } from '../held-session.js';
import { lostClientTests } from '../lost-client.js';
import { userEnv } from '../user.js';
import { build, go } from './client.js';

let against: string | undefined = 'before';
const folder = newFolder();
before(async () => {
  const made = await go();
  against = 'against' in made ? made.against : undefined;
  if ('command' in made) await build(made.command, ['./internal/heldsession'], folder);
});
after(() => removeFolder(folder));

lostClientTests(async (t) =>
  canRun(t, against) ? hold(t, { argv: [join(folder, 'heldsession')], env: userEnv(folder) }) : undefined,
);
