/** What a call looks like: the parameters in the body, and the result. */
export interface OperationExample {
  readonly request?: object;
  readonly result?: object;
}

const sessionId = 'ses_mf3k2p1c_5w6gk7mzq2nxv4t3yh8rj0abcd';
const socketId = 'sck_mf3k2p1c_0c9d8e7f6g5h4j3k2m1n0pqrst';
const address = { family: 'AF_INET', address: '127.0.0.1', port: 8080 };
const local = { family: 'AF_INET', address: '127.0.0.1', port: 50_123 };
const received = {
  data: { base64: 'aGVsbG8=', len: 5 },
  bytesReceived: 5,
  eof: false,
  truncated: false,
};

/** Examples of the main operations; a test checks them against the schemas. */
export const OPERATION_EXAMPLES: Readonly<Partial<Record<string, OperationExample>>> = {
  startup: {
    request: { version: '2.2' },
    result: { sessionId, version: '2.2', highVersion: '2.2', leaseExpiresAt: '2026-01-01T12:01:00.000Z' },
  },
  socket: {
    request: { family: 'AF_INET', type: 'SOCK_STREAM', protocol: 'IPPROTO_TCP' },
    result: { socketId, state: 'fresh' },
  },
  bind: { request: { address: { ...address, port: 0 } } },
  listen: { request: { backlog: 16 } },
  connect: { request: { address, timeoutMs: 5000 }, result: { localAddress: local, remoteAddress: address } },
  accept: {
    request: { timeoutMs: 5000 },
    result: { socketId, state: 'connected', remoteAddress: local },
  },
  send: { request: { data: { text: 'hello' } }, result: { bytesSent: 5 } },
  recv: { request: { maxBytes: 1024, timeoutMs: 5000 }, result: received },
  sendTo: { request: { data: { text: 'hello' }, address }, result: { bytesSent: 5 } },
  shutdown: { request: { how: 'SD_SEND' }, result: {} },
  sendDisconnect: { request: { disconnectData: { text: 'bye' } }, result: {} },
  getSockName: { result: { address: local } },
  setSockOpt: { request: { value: { boolean: true } }, result: {} },
  close: { result: {} },
};
