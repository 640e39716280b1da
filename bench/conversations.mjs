/**
 * The scripts for the clients of programs/load. A line has phase, method, path, body, expected texts,
 * the text before a captured value, and the variable for it, separated by tabs. $0 to $7 are captured values,
 * $C is the number of the client, $P a port of the echo server, $$ a dollar.
 */
export const DATA = Buffer.alloc(64, 'a').toString('base64');
export const RECEIVED = `"base64":"${DATA}"`;

export const line = (phase, method, path, body = '', { expect = '', capture = '', to = 0 } = {}) =>
  [phase, method, path, body, expect, capture, to].join('\t');
const post = (phase, path, body, more) => line(phase, 'POST', path, JSON.stringify(body), more);
export const script = (...lines) => `${lines.join('\n')}\n`;

/** Turns the port into a number of JSON. */
export const withPort = (text) => text.replaceAll(/"port":"([^"]*)"/g, '"port":$1');

const stream = (phase, session, to = 0) =>
  post(phase, `/v1/sessions/${session}/sockets`, { family: 'AF_INET', type: 'SOCK_STREAM' }, socketId(to));
const socketId = (to) => ({ capture: '"socketId":"', to });
const loopback = { family: 'AF_INET', address: '127.0.0.1', port: '$P' };
const connect = (phase) => post(phase, '/v1/sockets/$0/connect', { address: loopback });
const send = (phase, to = 0) => post(phase, `/v1/sockets/$${to}/send`, { data: { base64: DATA } });
const recv = (phase, expect, from = 0) =>
  post(phase, `/v1/sockets/$${from}/recv`, { maxBytes: 4096 }, { expect });
const close = (phase, which = 0) => post(phase, `/v1/sockets/$${which}/close`, {});

/** Seven calls: the lifecycle of a TCP connection, with a check of the echo and the end. */
export const lifecycle = (session) =>
  withPort(
    script(
      stream('loop', session),
      connect('loop'),
      send('loop'),
      recv('loop', RECEIVED),
      post('loop', '/v1/sockets/$0/sendDisconnect', {}),
      recv('loop', '"eof":true'),
      close('loop'),
    ),
  );

/** Two calls on an open connection. */
export const echo = (session) =>
  withPort(
    script(stream('once', session), connect('once'), send('loop'), recv('loop', RECEIVED), close('after')),
  );

/** The same two calls between two sockets of the lab, without system calls except those for HTTP. */
export const labEcho = (session) => {
  const address = { family: 'AF_INET', address: '10.0.0.1', port: '500$C' };
  const open = (to) =>
    post('once', `/v1/sessions/${session}/sockets`, { provider: 'lab', family: 'AF_INET' }, socketId(to));
  return withPort(
    script(
      open(0),
      post('once', '/v1/sockets/$0/bind', { address }),
      post('once', '/v1/sockets/$0/listen', {}),
      open(1),
      post('once', '/v1/sockets/$1/connect', { address }),
      post('once', '/v1/sockets/$0/accept', {}, socketId(2)),
      send('loop', 1),
      recv('loop', RECEIVED, 2),
      ...[0, 1, 2].map((which) => close('after', which)),
    ),
  );
};

/** A call that uses no provider. */
export const getSocket = (session) =>
  script(
    stream('once', session),
    line('loop', 'GET', '/v1/sockets/$0', '', { expect: '"socketId":"' }),
    close('after'),
  );

/** Two calls that leave no state. */
export const openAndClose = (session) => script(stream('loop', session), close('loop'));

/** One given call of the session, repeated. */
export const again = (path, parameters, expect) => script(post('loop', path, parameters, { expect }));

/** The request for Fastify alone. */
export const noOpPost = script(post('loop', '/no-op', { data: DATA }, { expect: DATA }));
export const noOpGet = script(line('loop', 'GET', `/no-op/${'s'.repeat(40)}`, '', { expect: '"ok":true' }));

/** The lifecycle with the requests of peers/aiohttp_rig.py. */
export const aiohttpLifecycle = withPort(
  script(
    post('loop', '/sockets', { family: 'inet', type: 'stream' }, { capture: '"id": "' }),
    post('loop', '/sockets/$0/connect', { host: '127.0.0.1', port: '$P' }),
    post('loop', '/sockets/$0/send', { data: DATA }),
    post('loop', '/sockets/$0/recv', { max: 4096 }, { expect: DATA }),
    post('loop', '/sockets/$0/send-disconnect', {}),
    post('loop', '/sockets/$0/recv', { max: 4096 }, { expect: '"eof": true' }),
    line('loop', 'DELETE', '/sockets/$0'),
  ),
);
