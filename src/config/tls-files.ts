import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { type Config, ConfigError } from './schema.js';

/**
 * Refuses files with which no connection could be made. Node starts a listener with empty ones, and names no
 * file for others.
 *
 * @param content what the files hold
 * @throws ConfigError that names the key and the file
 */
export const refuseUnusableTls = (
  { certFile, keyFile, minVersion }: NonNullable<Config['tls']>,
  content: { readonly cert: string; readonly key: string },
): void => {
  const certificate = certificateOf(certFile, content.cert);
  const key = keyOf(keyFile, content.key);
  if (!certificate.checkPrivateKey(key)) {
    throw new ConfigError(`tls.keyFile: ${keyFile} is not the key of the certificate in ${certFile}`);
  }
  try {
    createSecureContext({ ...content, minVersion });
  } catch (error) {
    throw new ConfigError(`tls.certFile: ${certFile} cannot be used (${messageOf(error)})`);
  }
};

const certificateOf = (file: string, text: string): X509Certificate => {
  try {
    return new X509Certificate(text);
  } catch {
    throw new ConfigError(`tls.certFile: ${file} holds no certificate in PEM`);
  }
};

const keyOf = (file: string, text: string): KeyObject => {
  try {
    return createPrivateKey(text);
  } catch {
    const isEncrypted = /^(-----BEGIN ENCRYPTED|Proc-Type: 4,ENCRYPTED)/m.test(text);
    const what = isEncrypted ? 'is encrypted; it must need no passphrase' : 'holds no private key in PEM';
    throw new ConfigError(`tls.keyFile: ${file} ${what}`);
  }
};

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
