/**
 * A client in a process of its own: sends one request, prints a line, and waits for the answer until it is
 * killed.
 */
import net from 'node:net';

const [port, request = ''] = process.argv.slice(2);
const socket = net.connect(Number(port), '127.0.0.1', () => {
  socket.write(request, () => process.stdout.write('sent\n'));
});
