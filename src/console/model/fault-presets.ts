import type { Values } from './forms.js';
import type { FaultRule, SocketInfo } from './types.js';

/** A fault that people often want, to be armed as it is or after a change. */
export interface FaultPreset {
  readonly id: string;
  /** A few words, for a button. */
  readonly title: string;
  /** One sentence: what a program then sees. */
  readonly text: string;
  /** The sockets on which it can act. */
  readonly sockets: 'all' | 'streams' | 'labDatagrams';
  readonly rule: FaultRule;
}

/** The usual faults, the simplest first. */
export const FAULT_PRESETS: readonly FaultPreset[] = [
  {
    id: 'send-fails',
    title: 'The next send fails',
    text: 'It answers WSAENETDOWN, and no byte is sent; the send after it works.',
    sockets: 'all',
    rule: { operation: 'send', effect: 'fail', code: 'WSAENETDOWN', times: 1 },
  },
  {
    id: 'connect-refused',
    title: 'Connect refused once',
    text: 'The next connect answers WSAECONNREFUSED although a listener is there; a second try succeeds.',
    sockets: 'all',
    rule: { operation: 'connect', effect: 'fail', code: 'WSAECONNREFUSED', times: 1 },
  },
  {
    id: 'reset',
    title: 'Connection reset',
    text: 'The next recv resets the connection: it answers WSAECONNRESET, and so does the peer.',
    sockets: 'streams',
    rule: { operation: 'recv', effect: 'reset', times: 1 },
  },
  {
    id: 'short-send',
    title: 'Short sends',
    text: 'Every 3rd send takes one byte only, as with a full buffer: a program must send the rest itself.',
    sockets: 'streams',
    rule: { operation: 'send', every: 3, effect: 'slice', bytes: 1 },
  },
  {
    id: 'latency',
    title: 'Latency 300 ms',
    text: 'What arrives at a socket shows 300 ms later.',
    sockets: 'all',
    rule: { effect: 'latency', latencyMs: 300 },
  },
  {
    id: 'bandwidth',
    title: '10 kB per second',
    text: 'Sends and receives pass 10,000 bytes per second, each direction on its own.',
    sockets: 'all',
    rule: { effect: 'bandwidth', bytesPerSecond: 10_000 },
  },
  {
    id: 'limit',
    title: 'End after 100 bytes',
    text: 'After 100 bytes every recv answers the end of the stream, whatever the peer sends.',
    sockets: 'streams',
    // biome-ignore lint/suspicious/noThenProperty: the member of a rule; its value is a text
    rule: { operation: 'recv', effect: 'limit', bytes: 100, then: 'end' },
  },
  {
    id: 'freeze',
    title: 'Freeze for 5 s',
    text: 'The next receive or accept begins it: for 5 s nothing that arrives shows, as with a peer that hangs.',
    sockets: 'all',
    rule: { effect: 'freeze', freezeMs: 5000, times: 1 },
  },
  {
    id: 'slow-close',
    title: 'Slow close',
    text: 'The end that a program makes answers at once, and reaches the peer 2 s later.',
    sockets: 'streams',
    rule: { effect: 'slowClose', delayMs: 2000 },
  },
  {
    id: 'loss',
    title: 'Lost datagrams',
    text: 'The lab loses about half of the datagrams; their sends succeed all the same.',
    sockets: 'labDatagrams',
    rule: { effect: 'drop', probability: 0.5, seed: 1 },
  },
];

/** Whether a preset can act on a socket. */
export const presetFits = (
  { sockets }: FaultPreset,
  { type, provider }: Pick<SocketInfo, 'type' | 'provider'>,
): boolean => {
  if (sockets === 'streams') return type === 'SOCK_STREAM';
  return sockets === 'all' || (type === 'SOCK_DGRAM' && provider === 'lab');
};

/** A rule as the values of the form of armFault. */
export const valuesOfRule = (rule: FaultRule): Values =>
  Object.fromEntries(Object.entries(rule).map(([name, value]) => [name, String(value)]));
