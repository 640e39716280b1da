import http from 'node:http';

/** The time limit of each call. */
const PATIENCE_MS = 5000;

/**
 * The calls of a harmless owner: a session, two sockets of the lab, a datagram from one to the other, the
 * end.
 *
 * @param {number} port
 * @param {string} token
 * @returns {Promise<string>} `yes`, or the failure: a status, or `no answer`
 */
export async function conversation(port, token) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const call = (/** @type {string} */ path, body = {}) => ask(agent, port, token, `/v1/${path}`, body);
  try {
    const { sessionId } = await call('startup');
    const how = { provider: 'lab', family: 'AF_INET', type: 'SOCK_DGRAM' };
    const { socketId: receiver } = await call(`sessions/${sessionId}/sockets`, how);
    const { socketId: sender } = await call(`sessions/${sessionId}/sockets`, how);
    const address = { family: 'AF_INET', address: '10.0.0.1', port: 7 };
    await call(`sockets/${receiver}/bind`, { address });
    await call(`sockets/${sender}/sendTo`, { address, data: { text: 'ping' } });
    const { data } = await call(`sockets/${receiver}/recvFrom`, { timeoutMs: 1000 });
    await call(`sessions/${sessionId}/cleanup`);
    return data.len === 4 ? 'yes' : 'wrong bytes';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    agent.destroy();
  }
}

/**
 * @param {http.Agent} agent
 * @param {number} port
 * @param {string} token
 * @param {string} path
 * @param {object} body
 * @returns {Promise<any>}
 */
function ask(agent, port, token, path, body) {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  return new Promise((resolve, reject) => {
    const lost = () => reject(new Error('no answer'));
    const options = { host: '127.0.0.1', port, method: 'POST', path, headers, agent, timeout: PATIENCE_MS };
    const request = http.request(options, async (response) => {
      let text = '';
      for await (const chunk of response.setEncoding('utf8')) text += chunk;
      if ((response.statusCode ?? 0) < 300) resolve(JSON.parse(text));
      else reject(new Error(`${response.statusCode}`));
    });
    request.on('error', lost).on('timeout', () => request.destroy(new Error('no answer')));
    request.end(JSON.stringify(body));
  });
}
