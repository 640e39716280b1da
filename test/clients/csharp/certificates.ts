import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** RSA where a chain is built: Mono cannot verify the signatures of other keys. */
const RSA = ['-newkey', 'rsa:2048'];
const EC = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];

/**
 * Makes the certificates of the tests, each with its key:
 *
 * - `ca` and `server`, which it has signed for 127.0.0.1 and localhost;
 * - `other-ca`, another authority of the same name and key id;
 * - `trusted-ca`, which Mono trusts if `home` is the home folder, and `trusted`, which it has signed;
 * - `expired` and `for-clients`, which `ca` has signed, too, and which are what their names say;
 * - `self`, which has signed itself, as in docs/remote-rig.md; `elsewhere`, the same for another host.
 *
 * @param folder where they come
 * @param home of the user who trusts `trusted-ca`
 */
export const makeCertificates = (folder: string, home: string): void => {
  const openssl = (...args: readonly string[]): string =>
    execFileSync('openssl', args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  const make = (name: string, subject: string, key: readonly string[], ...more: readonly string[]): void => {
    const files = ['-keyout', `${name}.key`, '-out', `${name}.pem`];
    openssl('req', '-x509', ...key, '-nodes', '-days', '2', '-subj', `/CN=${subject}`, ...files, ...more);
  };
  const authority = ['-addext', 'subjectKeyIdentifier=01:02:03:04'];
  const localhost = ['-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost'];
  const signedBy = (ca: string): readonly string[] =>
    ['-CA', `${ca}.pem`, '-CAkey', `${ca}.key`, '-addext', 'basicConstraints=CA:FALSE'].concat(localhost);
  make('ca', 'Authority', RSA, ...authority);
  make('other-ca', 'Authority', RSA, ...authority);
  make('server', 'server', RSA, ...signedBy('ca'));
  make('for-clients', 'server', RSA, ...signedBy('ca'), '-addext', 'extendedKeyUsage=clientAuth');
  make('trusted-ca', 'Trusted', RSA);
  make('trusted', 'server', RSA, ...signedBy('trusted-ca'));
  openssl('x509', '-x509toreq', '-in', 'server.pem', '-signkey', 'server.key', '-out', 'expired.csr');
  writeFileSync(join(folder, 'hosts'), localhost[1] ?? '');
  const ended = ['-days', '-1', '-extfile', 'hosts', '-out', 'expired.pem'];
  openssl('x509', '-req', '-in', 'expired.csr', '-CA', 'ca.pem', '-CAkey', 'ca.key', ...ended);
  copyFileSync(join(folder, 'server.key'), join(folder, 'expired.key'));
  make('self', 'server', EC, ...localhost);
  make('elsewhere', 'server', EC, '-addext', 'subjectAltName=DNS:elsewhere.test');
  // https://www.mono-project.com/docs/faq/security/ has the program that does this for the whole machine.
  const store = join(home, '.config', '.mono', 'new-certs', 'Trust');
  mkdirSync(store, { recursive: true });
  const hash = openssl('x509', '-in', 'trusted-ca.pem', '-noout', '-subject_hash').trim();
  copyFileSync(join(folder, 'trusted-ca.pem'), join(store, `${hash}.0`));
};
