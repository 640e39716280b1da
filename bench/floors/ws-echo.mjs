/** The cost of WebSockets and Node without any work: sends back each message. Prints its port. */
import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';

const server = createServer();
// `ws` by itself answers with the first subprotocol that was offered; the options are those of the daemon.
const sockets = new WebSocketServer({ server, perMessageDeflate: false });
sockets.on('connection', (socket) => {
  socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
});
server.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`));
