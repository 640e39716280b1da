/** The number of connections of the client's agent. */
const AT_ONCE = 8;

/**
 * Opens sockets in the session of a daemon, and connects them if ports are given.
 *
 * @param {Awaited<ReturnType<import('../daemon.mjs').startDaemon>>} daemon
 * @param {number} count
 * @param {{ ports?: string }} [options] ports: of an echo server
 * @returns {Promise<string[]>} their ids
 */
export async function openSockets({ call, sessionId }, count, { ports = '' } = {}) {
  const targets = ports.split(',').filter(Boolean).map(Number);
  const ids = [];
  let begun = 0;
  const one = async (number) => {
    const { socketId } = await call(`sessions/${sessionId}/sockets`, {
      family: 'AF_INET',
      type: 'SOCK_STREAM',
    });
    ids.push(socketId);
    if (targets.length === 0) return;
    const address = { family: 'AF_INET', address: '127.0.0.1', port: targets[number % targets.length] };
    await call(`sockets/${socketId}/connect`, { address });
  };
  const worker = async () => {
    while (begun < count) await one(begun++);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return ids;
}
