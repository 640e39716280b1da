/** A certificate made for a test, as its user would make one. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Makes a certificate of 127.0.0.1 and localhost; undefined without openssl. */
export const makeCertificate = (): { cert: string; key: string } | undefined => {
  const folder = mkdtempSync(join(tmpdir(), 'winsockd-tls-'));
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  try {
    const names = 'subjectAltName=IP:127.0.0.1,DNS:localhost';
    execFileSync(
      'openssl',
      [
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:prime256v1',
        '-nodes',
        '-days',
        '1',
      ].concat(['-subj', '/CN=winsockd', '-addext', names, '-keyout', key, '-out', cert]),
      { stdio: 'ignore' },
    );
    return { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') };
  } catch {
    // Without openssl the tests are skipped.
    return undefined;
  } finally {
    rmSync(folder, { recursive: true });
  }
};
