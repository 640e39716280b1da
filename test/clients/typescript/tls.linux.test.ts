/** A daemon with TLS: its certificate is always verified, and `WINSOCKD_CAFILE` adds one to trust. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { makeCertificate } from '../../http/certificate.js';
import { folder } from '../../places.js';
import { canRun } from '../../remote/requirements.js';
import { run, startDaemon, userEnv } from '../user.js';
import { BUILT, build } from './build.js';

before(() => build());

const PROGRAM = `
import { Rig } from ${JSON.stringify(pathToFileURL(join(BUILT, 'dist', 'node', 'index.js')).href)};
try {
  const rig = await Rig.open();
  console.log((await rig.socket({ provider: 'lab' })).type);
  await rig.close();
} catch (error) {
  console.log(error.name, error.cause.code);
}
`;

test('a certificate is trusted by WINSOCKD_CAFILE only', async (t) => {
  const made = makeCertificate();
  if (!canRun(t, made === undefined ? 'openssl makes no certificate' : undefined) || made === undefined)
    return;
  const home = folder(t);
  const [certFile, keyFile] = [join(home, 'cert.pem'), join(home, 'key.pem')];
  writeFileSync(certFile, made.cert);
  writeFileSync(keyFile, made.key);
  const env = userEnv(home);
  const url = await startDaemon(t, {
    ...env,
    WINSOCKD_TLS_CERT_FILE: certFile,
    WINSOCKD_TLS_KEY_FILE: keyFile,
  });
  const opened = (more: Readonly<Record<string, string>>): Promise<string> => {
    const options = { env: { ...env, WINSOCKD_URL: url.replace('127.0.0.1', 'localhost'), ...more } };
    return run(t, [process.execPath, '--input-type=module', '-e', PROGRAM], options);
  };
  assert.equal(await opened({ WINSOCKD_CAFILE: certFile }), 'SOCK_STREAM\n');
  assert.equal(await opened({}), 'RigLostError DEPTH_ZERO_SELF_SIGNED_CERT\n');
});
