import { durationText } from './duration-text.js';
import type { FaultInfo, FaultRule } from './types.js';

/** What a rule does, as one sentence without its full stop: "The 3rd send fails with WSAENETDOWN". */
export const faultText = (rule: FaultRule): string => `${sentence(rule)}${limits(rule)}`;

/** Where a rule acts: on all sockets of the session, on one, or on one end of a relay. */
export const faultScope = ({ socketId, relayId, end, nthConnection }: FaultInfo): string => {
  if (socketId !== undefined) return `socket …${socketId.slice(-5)}`;
  if (relayId === undefined) return 'all sockets';
  const which = nthConnection === undefined ? 'each connection' : `connection ${nthConnection}`;
  return `${end} end of ${which} of relay …${relayId.slice(-5)}`;
};

const sentence = (rule: FaultRule): string => {
  switch (rule.effect) {
    case 'fail':
      return rule.phase === 'after'
        ? `${hit(rule, 'call')} is made, then fails with ${rule.code}, and its result is dropped`
        : `${hit(rule, 'call')} fails with ${rule.code}`;
    case 'delay':
      return `${hit(rule, 'call')} begins ${duration(rule.delayMs)} later`;
    case 'slice':
      return `${hit(rule, 'send or receive')} moves at most ${bytes(rule.bytes)}`;
    case 'reset':
      return `${hit(rule, 'call of a connected stream')} resets its connection`;
    case 'drop':
      return `${hit(rule, 'datagram')} is lost on the way`;
    case 'freeze':
      return `${hit(rule, 'receive or accept')} freezes its socket: for ${duration(rule.freezeMs)} nothing that arrives shows`;
    case 'bandwidth':
      return from(rule, `${direction(rule)} passes ${bytes(rule.bytesPerSecond)} per second`);
    case 'latency':
      return from(rule, `what arrives shows ${duration(rule.latencyMs)} later${jitter(rule)}`);
    case 'limit': {
      const what = rule.then === 'reset' ? 'resets its connection' : 'ends';
      return from(rule, `${direction(rule)} ${what} after ${bytes(rule.bytes)}`);
    }
    case 'slowClose':
      return `${hit(rule, 'close or end of sending')} reaches the peer ${duration(rule.delayMs)} later`;
  }
};

/** The calls that the rule hits, as the subject of a sentence. @param any what they are without `operation` */
const hit = (rule: FaultRule, any: string): string => {
  const call = rule.operation ?? any;
  if (rule.nth !== undefined) return `The ${ordinal(rule.nth)} ${call}`;
  if (rule.every !== undefined)
    return rule.every === 1 ? `Each ${call}` : `Every ${ordinal(rule.every)} ${call}`;
  if (rule.probability !== undefined) {
    return `Each ${call}, with a probability of ${percent(rule.probability)},`;
  }
  if (rule.afterBytes !== undefined) return `Each ${call} after ${bytes(rule.afterBytes)}`;
  return rule.times === 1 ? `The next ${call}` : `Each ${call}`;
};

/** An effect that goes on from the first call that the rule hits, or at once if the rule selects none. */
const from = (rule: FaultRule, what: string): string => {
  const selects = [rule.nth, rule.every, rule.probability, rule.afterBytes, rule.times];
  if (selects.every((one) => one === undefined)) return `${what.slice(0, 1).toUpperCase()}${what.slice(1)}`;
  const subject = hit(rule, 'call').replace(/^[ET]/, (letter) => letter.toLowerCase());
  return `From ${subject} on, ${what}`.replace(/,? on,/, ' on,');
};

const direction = ({ operation }: FaultRule): string =>
  operation === undefined ? 'each direction of a socket' : `the direction of ${operation}`;

const limits = ({ times, nth, every, probability, afterBytes, expiresMs }: FaultRule): string => {
  const isSaid = times === 1 && [nth, every, probability, afterBytes].every((one) => one === undefined);
  const most =
    times === undefined || isSaid ? '' : `, at most ${times === 1 ? 'once' : `${count(times)} times`}`;
  return expiresMs === undefined ? most : `${most}, within ${durationText(expiresMs)} of its arming`;
};

const jitter = ({ jitterMs = 0 }: FaultRule): string =>
  jitterMs === 0 ? '' : `, give or take ${durationText(jitterMs)}`;

/** The daemon has checked that a rule has the members of its effect; a draft may lack them. */
const duration = (ms: number | undefined): string => (ms === undefined ? 'some time' : durationText(ms));
const bytes = (n: number | undefined): string =>
  n === undefined ? 'some bytes' : `${count(n)} byte${n === 1 ? '' : 's'}`;
const count = (n: number): string => n.toLocaleString('en');
const percent = (share: number): string =>
  `${(share * 100).toLocaleString('en', { maximumFractionDigits: 2 })} %`;

const ordinal = (n: number): string => {
  const last = n % 10;
  const isTeen = Math.floor((n % 100) / 10) === 1;
  const ending = isTeen ? 'th' : ({ 1: 'st', 2: 'nd', 3: 'rd' }[last] ?? 'th');
  return `${count(n)}${ending}`;
};
