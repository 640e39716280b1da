/** Attacks with refusals and errors: the log, and malformed paths. */

const PATHS = [
  '/docs/static/%00',
  '/docs/static/..%5c..%5cpackage.json',
  '/docs/static/....//....//package.json',
  '/docs/static/%2e%2e/%2e%2e/package.json',
  '/docs/static/%ff',
  '/docs/static/index.html/',
  '/problems/%00',
  '/problems/..%2f..%2fetc%2fpasswd',
  '/v1/sockets/%00',
  `/v1/sockets/${'a'.repeat(5000)}`,
  '/v1/sockets/%E2%80%AE',
  '//',
  '/%',
];

/** @type {readonly import('../list.mjs').Attack[]} */
export const REFUSALS = [
  {
    name: 'log-unread',
    about: 'The log is an unread pipe, and every call is logged.',
    daemon: { logUnread: true },
    async run(target) {
      const request = target.request('GET', '/v1/sessions/none');
      await target.repeat(() => request, { wires: 4, deep: 16 });
    },
  },
  {
    name: 'bad-paths',
    about: 'Paths with NUL, backslashes, dots and bad escapes.',
    async run(target) {
      let at = 0;
      await target.repeat(() => target.request('GET', PATHS[at++ % PATHS.length] ?? '/'), { wires: 4 });
    },
  },
  {
    name: 'wrong-tokens',
    about: 'Requests without a token, as fast as they are answered.',
    async run(target) {
      const request = target.request('POST', '/v1/startup', { owner: -1, body: {} });
      await target.repeat(() => request, { wires: 8, deep: 16 });
    },
  },
];
