/**
 * The lifecycle of programs/raw-sockets.c with node:net, several at the same time.
 *
 *   node node-net.mjs SECONDS PORT,PORT... AT_ONCE
 */
import { once } from 'node:events';
import net from 'node:net';

const CALLS = 7;
const WARM_SECONDS = 0.3;
const [seconds, ports, atOnce] = [
  Number(process.argv[2]),
  process.argv[3].split(',').filter(Boolean).map(Number),
  Number(process.argv[4]),
];
const bytes = Buffer.alloc(64, 'a');
let turn = 0;

async function lifecycle() {
  turn = (turn + 1) % ports.length;
  let received = 0;
  const socket = net.connect({ port: ports[turn], host: '127.0.0.1', allowHalfOpen: true });
  socket.on('connect', () => socket.write(bytes));
  socket.on('data', (data) => {
    received += data.length;
    if (received === bytes.length) socket.end();
  });
  await once(socket, 'close');
  if (received !== bytes.length) throw new Error(`${received} bytes received`);
}

async function run(duration) {
  const end = performance.now() + duration * 1000;
  const cpu = process.cpuUsage();
  const began = performance.now();
  let calls = 0;
  const client = async () => {
    for (; performance.now() < end; calls += CALLS) await lifecycle();
  };
  await Promise.all(Array.from({ length: atOnce }, client));
  const { user, system } = process.cpuUsage(cpu);
  return { calls, seconds: (performance.now() - began) / 1000, cpuMicroseconds: user + system };
}

await run(WARM_SECONDS);
process.stdout.write(`${JSON.stringify(await run(seconds))}\n`);
