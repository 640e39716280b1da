/**
 * A relay between TCP and TCP with node:net: the floor of bytes in bulk. Each line of its standard input is
 * the port to which connections lead from then on.
 */
import net from 'node:net';
import { createInterface } from 'node:readline';

let to = 0;
createInterface({ input: process.stdin }).on('line', (line) => {
  to = Number(line);
  process.stdout.write('ready\n');
});
const server = net.createServer({ allowHalfOpen: true }, (near) => {
  const far = net.connect({ port: to, host: '127.0.0.1', allowHalfOpen: true });
  for (const socket of [near, far]) socket.on('error', () => socket.destroy());
  near.pipe(far);
  far.pipe(near);
});
server.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`));
