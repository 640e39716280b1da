import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isRefusal } from '../../../src/daemon/answers/answer.js';
import { Dispatcher } from '../../../src/operations/dispatch/dispatch.js';
import { OPERATIONS } from '../../../src/operations/list.js';
import { findStream } from '../../../src/operations/pump/find-stream.js';
import { labDaemon } from '../lab-daemon.js';

test('a stream is found; a datagram socket, an unknown one and one that ends meanwhile are not', async () => {
  const { daemon, value } = labDaemon();
  const { sessionId } = await value('startup', {});
  const open = async (type: string) =>
    String((await value('socket', { sessionId, family: 'AF_INET', type })).socketId);
  const [stream, datagram] = [await open('SOCK_STREAM'), await open('SOCK_DGRAM')];
  const { dispatch } = new Dispatcher(daemon, OPERATIONS, { unstated: () => {}, lostHandle: () => {} });
  const find = (id: string) => daemon.sockets.find(id);
  const client = { gone: false, onGone: () => {} };
  const look = async (socketId: string, findSocket = find) => {
    const { answer } = await findStream(
      { dispatch, findSocket },
      { owner: 'alice', socketId, requestId: 'req-1', client },
    );
    if (answer.ok) return answer.value.socket.id;
    assert.ok(!isRefusal(answer));
    return [answer.code, answer.extra?.reason];
  };
  assert.equal(await look(stream), stream);
  assert.deepEqual(await look(datagram), [10045, undefined]);
  assert.deepEqual(await look('sck_none'), [10038, undefined]);
  const endsMeanwhile = (id: string) => {
    const socket = find(id);
    if (socket) daemon.sockets.end(socket, 'closed');
    return find(id);
  };
  assert.deepEqual(await look(stream, endsMeanwhile), [10038, 'closed']);
});
