import type { Static } from 'typebox';
import type { Answer } from '../../daemon/answers/answer.js';
import { invalid, type Refusal } from '../../daemon/answers/refusals.js';
import { isAddressOf } from '../../winsock/addresses.js';
import {
  isLinger,
  isMembership,
  isOption,
  type Membership,
  OPTIONS,
  type OptionName,
  type OptionType,
  type OptionValue,
} from '../../winsock/options.js';
import { type Failure, fail, ok } from '../../winsock/outcome.js';
import type { OptionValueSchema } from './option-value-schema.js';

/** Options that the daemon keeps, since the native sockets never block. */
export const TIMEOUTS: Readonly<Partial<Record<OptionName, 'recv' | 'send'>>> = {
  SO_RCVTIMEO: 'recv',
  SO_SNDTIMEO: 'send',
};

type Value = Static<typeof OptionValueSchema>;

const MEMBER = {
  BOOL: 'boolean',
  int: 'integer',
  DWORD: 'integer',
  LINGER: 'linger',
  ip_mreq: 'membership',
  ip_mreq_source: 'membership',
  ipv6_mreq: 'membership',
  WSAPROTOCOL_INFO: 'protocolInfo',
} as const satisfies Record<OptionType, keyof Value>;

/** The option of that level and name, or the failure if it cannot be used in that way. */
export const optionOf = (
  level: string,
  name: string,
  way: 'gettable' | 'settable',
  call: string,
): OptionName | Failure => {
  if (!isOption(level, name)) {
    return fail('WSAENOPROTOOPT', call, { detail: 'this daemon knows no such option at this level.' });
  }
  const row = OPTIONS[name];
  if (row[way]) return name;
  if (!row.gettable && !row.settable) {
    return fail('WSAEINVAL', call, { detail: `Windows has no ${name} since Vista.` });
  }
  const canOnly = way === 'settable' ? 'read' : 'set';
  return fail('WSAENOPROTOOPT', call, { detail: `${name} can only be ${canOnly}.` });
};

/** Reads the value of an option that can be set: exactly the member of its type. */
export const readValue = (option: OptionName, value: Value): Answer<OptionValue> => {
  const { type } = OPTIONS[option];
  const member = MEMBER[type];
  const given = value[member];
  if (given === undefined || Object.keys(value).length !== 1) {
    return invalid(['value'], `must have exactly the member ${member}, as ${option} is of type ${type}`);
  }
  if (typeof given === 'number') {
    const low = type === 'int' ? -0x80000000 : 0;
    const high = type === 'int' ? 0x7fffffff : 0xffffffff;
    return given >= low && given <= high
      ? ok(given)
      : invalid(['value', 'integer'], `must be ${low} to ${high}, as ${option} is of type ${type}`);
  }
  // The only member that cannot be set.
  if (typeof given === 'object' && 'provider' in given) {
    return fail('WSAENOPROTOOPT', 'setsockopt', { detail: `${option} can only be read.` });
  }
  if (typeof given !== 'object' || !isMembership(given)) return ok(given);
  return membershipError(type, given) ?? ok(given);
};

const IN_MEMBERSHIP = ['value', 'membership'] as const;

/** Errors of form in a membership; whether the address is a group, the provider decides. */
const membershipError = (type: OptionType, m: Membership): Refusal | undefined => {
  const family = type === 'ipv6_mreq' ? 'AF_INET6' : 'AF_INET';
  const literals = ['multicastAddress', 'interfaceAddress', 'sourceAddress'] as const;
  const bad = literals.find((key) => m[key] !== undefined && !isAddressOf(family, m[key]));
  if (bad) return invalid([...IN_MEMBERSHIP, bad], `must be a numeric literal of ${family}`);
  if ((type === 'ip_mreq_source') !== (m.sourceAddress !== undefined)) {
    return invalid([...IN_MEMBERSHIP, 'sourceAddress'], `belongs to ip_mreq_source, and to nothing else`);
  }
  if (m.interfaceAddress === undefined) return undefined;
  if (type === 'ipv6_mreq') {
    return invalid([...IN_MEMBERSHIP, 'interfaceAddress'], 'is for IPv4 only; give interfaceIndex');
  }
  return m.interfaceIndex === undefined
    ? undefined
    : invalid(IN_MEMBERSHIP, 'must not have both interfaceAddress and interfaceIndex');
};

/** The value of an option, as results have it. */
export const shownValue = (value: OptionValue): Value => {
  if (typeof value === 'boolean') return { boolean: value };
  if (typeof value === 'number') return { integer: value };
  return isLinger(value) ? { linger: value } : { membership: value };
};
