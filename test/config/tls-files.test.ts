import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import test from 'node:test';
import { ConfigError } from '../../src/config/schema.js';
import { refuseUnusableTls } from '../../src/config/tls-files.js';
import { makeCertificate } from '../http/certificate.js';

const files = { certFile: 'cert.pem', keyFile: 'key.pem', minVersion: 'TLSv1.2' } as const;

test('files with which no connection could be made are refused by name', (t) => {
  const made = makeCertificate();
  if (made === undefined) return t.skip('openssl is not installed');
  const { cert, key } = made;
  refuseUnusableTls(files, made);
  refuseUnusableTls(files, { cert: `${cert}${cert}`, key });
  const refused = (content: Partial<typeof made>, message: string): void =>
    assert.throws(() => refuseUnusableTls(files, { ...made, ...content }), new ConfigError(message));
  const pair = generateKeyPairSync('ec', {
    namedCurve: 'prime256v1',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem', cipher: 'aes-128-cbc', passphrase: 'secret' },
  });
  refused({ cert: '' }, 'tls.certFile: cert.pem holds no certificate in PEM');
  refused({ cert: key }, 'tls.certFile: cert.pem holds no certificate in PEM');
  refused({ key: '' }, 'tls.keyFile: key.pem holds no private key in PEM');
  refused({ key: cert }, 'tls.keyFile: key.pem holds no private key in PEM');
  refused({ key: pair.privateKey }, 'tls.keyFile: key.pem is encrypted; it must need no passphrase');
  const other = makeCertificate()?.key ?? '';
  refused({ key: other }, 'tls.keyFile: key.pem is not the key of the certificate in cert.pem');
});
