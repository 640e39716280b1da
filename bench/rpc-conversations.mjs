import { DATA, line, RECEIVED, script, withPort } from './conversations.mjs';

/**
 * The scripts of the ways in beside REST. Where the other conversations have the path, those of WebSockets
 * have the name of the method.
 */
const address = { family: 'AF_INET', address: '127.0.0.1', port: '$P' };

/** The seven calls of a lifecycle, with `socket` in place of the id, and what their results have. */
const calls = (sessionId, socketId) => [
  { operation: 'socket', params: { sessionId, family: 'AF_INET', type: 'SOCK_STREAM' } },
  { operation: 'connect', params: { socketId, address } },
  { operation: 'send', params: { socketId, data: { base64: DATA } } },
  { operation: 'recv', params: { socketId, maxBytes: 4096 }, expect: RECEIVED },
  { operation: 'sendDisconnect', params: { socketId } },
  { operation: 'recv', params: { socketId, maxBytes: 4096 }, expect: '"eof":true' },
  { operation: 'close', params: { socketId } },
];

/** Lifecycles as one batch. */
const document = (session, lifecycles = 1) => {
  const steps = Array.from({ length: lifecycles }, (_, number) =>
    calls(session, { $$result: `/s${number}/socketId` }).map(({ operation, params }, at) => ({
      ...(at === 0 && { id: `s${number}` }),
      operation,
      params,
    })),
  );
  return { steps: steps.flat() };
};
const COMPLETED = `"outcome":"completed"|${RECEIVED}|"eof":true`;

const call = (phase, method, params, expect = '', capture = '') =>
  line(phase, 'CALL', method, JSON.stringify(params), { expect: `"result":|${expect}`, capture });

export const httpBatch = (session, lifecycles) => {
  const body = JSON.stringify(document(session, lifecycles));
  return withPort(script(line('loop', 'POST', '/v1/batch', body, { expect: COMPLETED })));
};

export const rpcBatch = (session) => withPort(script(call('loop', 'batch', document(session), COMPLETED)));

export const rpcLifecycle = (session) =>
  withPort(
    script(
      ...calls(session, '$0').map(({ operation, params, expect }, at) =>
        call('loop', operation, params, expect, at === 0 ? '"socketId":"' : ''),
      ),
    ),
  );

/** A call that uses no provider. */
export const rpcGetSocket = (session) => {
  const [socket, , , , , , close] = calls(session, '$0');
  return script(
    call('once', 'socket', socket.params, '', '"socketId":"'),
    call('loop', 'getSocket', close.params, '"socketId":"'),
    call('after', 'close', close.params),
  );
};

/** The same messages for a server that sends them back: an id of the same length, and itself expected. */
export const echoed = (conversation) =>
  script(
    ...conversation
      .trim()
      .split('\n')
      .map((text) => {
        const [phase, method, name, params] = text.split('\t');
        const expect = `"method":"${name}"`;
        return line(phase, method, name, params.replaceAll('$0', `sck_${'s'.repeat(35)}`), { expect });
      }),
  );
