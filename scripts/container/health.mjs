/**
 * The health check of the container: exits with 0 when its daemon answers /health/live. It reads the
 * listener from the environment; a listener set by a file (--config) needs another check.
 */
import { request as http } from 'node:http';
import { request as https } from 'node:https';

const { WINSOCKD_HOST = 'localhost', WINSOCKD_PORT = '10093', WINSOCKD_TLS_CERT_FILE } = process.env;
const LOOPBACK_OF = { '0.0.0.0': '127.0.0.1', '::': '::1', localhost: '127.0.0.1' };
const name = WINSOCKD_HOST.includes(':') ? `[${WINSOCKD_HOST}]` : WINSOCKD_HOST;

(WINSOCKD_TLS_CERT_FILE ? https : http)({
  host: LOOPBACK_OF[WINSOCKD_HOST] ?? WINSOCKD_HOST,
  port: WINSOCKD_PORT,
  path: '/health/live',
  headers: { host: `${name}:${WINSOCKD_PORT}` }, // the daemon requires one of its own names
  rejectUnauthorized: false, // checks liveness, not identity
})
  .on('response', ({ statusCode }) => process.exit(statusCode === 200 ? 0 : 1))
  .on('error', () => process.exit(1))
  .end();
