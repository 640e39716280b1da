/** A daemon with TLS: its certificate is always verified, and `WINSOCKD_CAFILE` adds one to trust. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { makeCertificate } from '../../http/certificate.js';
import { folder } from '../../places.js';
import { canRun } from '../../remote/requirements.js';
import { startDaemon, userEnv } from '../user.js';
import { BUILT, build } from './build.js';

before(() => build());

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
  const { Rig } = await import(pathToFileURL(join(BUILT, 'dist', 'node', 'index.js')).href);
  Object.assign(process.env, env, { WINSOCKD_URL: url.replace('127.0.0.1', 'localhost') });
  await assert.rejects(Rig.open(), (error) => {
    assert.ok(error instanceof Error && error.cause instanceof Error && 'code' in error.cause);
    assert.deepEqual([error.name, error.cause.code], ['RigLostError', 'DEPTH_ZERO_SELF_SIGNED_CERT']);
    return true;
  });
  process.env.WINSOCKD_CAFILE = certFile;
  const rig = await Rig.open();
  t.after(() => rig.close());
  assert.equal((await rig.socket({ provider: 'lab' })).type, 'SOCK_STREAM');
});
