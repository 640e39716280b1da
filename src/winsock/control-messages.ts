import { spaceFor } from './control-data.js';
import type { OptionName } from './options.js';

/**
 * Control data of WSASendMsg and WSARecvMsg, as typed messages.
 *
 * @see https://learn.microsoft.com/windows/win32/api/ws2def/ns-ws2def-wsamsg
 * @see https://learn.microsoft.com/windows/win32/winsock/winsock-ecn
 */

interface ControlRow {
  readonly level: 'IPPROTO_IP' | 'IPPROTO_IPV6';
  /** The Windows number, cmsg_type. */
  readonly id: number;
  /** The option that enables it for receives. */
  readonly switch: OptionName;
  /** The length of its data: IN_PKTINFO, IN6_PKTINFO, INT or ULONG. */
  readonly bytes: number;
  /** The least and greatest value that can be sent; absent for a type without a value. */
  readonly values?: readonly [number, number];
}

const OCTET = [0, 255] as const;
/** Only routers set congestion experienced (3); sending it is WSAEINVAL. */
const ECN_SENT = [0, 2] as const;

// biome-ignore format: one row a type
const table = {
  IP_PKTINFO:             { level: 'IPPROTO_IP',   id: 19, bytes: 8,  switch: 'IP_PKTINFO' },
  IP_TTL:                 { level: 'IPPROTO_IP',   id: 4,  bytes: 4,  switch: 'IP_RECVTTL', values: [1, 255] },
  IP_TOS:                 { level: 'IPPROTO_IP',   id: 3,  bytes: 4,  switch: 'IP_RECVTOS', values: OCTET },
  IP_ECN:                 { level: 'IPPROTO_IP',   id: 50, bytes: 4,  switch: 'IP_RECVECN', values: ECN_SENT },
  IP_ORIGINAL_ARRIVAL_IF: { level: 'IPPROTO_IP',   id: 47, bytes: 4,  switch: 'IP_ORIGINAL_ARRIVAL_IF' },
  IPV6_PKTINFO:           { level: 'IPPROTO_IPV6', id: 19, bytes: 20, switch: 'IPV6_PKTINFO' },
  IPV6_HOPLIMIT:          { level: 'IPPROTO_IPV6', id: 21, bytes: 4,  switch: 'IPV6_HOPLIMIT', values: OCTET },
  IPV6_TCLASS:            { level: 'IPPROTO_IPV6', id: 39, bytes: 4,  switch: 'IPV6_RECVTCLASS', values: OCTET },
  IPV6_ECN:               { level: 'IPPROTO_IPV6', id: 50, bytes: 4,  switch: 'IPV6_RECVECN', values: ECN_SENT },
} as const satisfies Readonly<Record<string, ControlRow>>;

export type ControlType = keyof typeof table;

/** An option that enables control data for receives. */
export type ControlSwitch = (typeof table)[ControlType]['switch'];

export const CONTROL_TYPES: Readonly<Record<ControlType, ControlRow & { readonly switch: ControlSwitch }>> =
  Object.freeze(table);

/**
 * Received: the destination of a datagram, and the interface that received it. Sent: the source, and the
 * interface to send from. The zero address and 0 leave the choice to the system.
 */
export interface PacketInfo {
  readonly type: 'IP_PKTINFO' | 'IPV6_PKTINFO';
  /** A numeric literal of the type's family. */
  readonly address: string;
  readonly interfaceIndex: number;
}

/** The interface that received a datagram before it left a tunnel. Only received. */
export interface ArrivalInterface {
  readonly type: 'IP_ORIGINAL_ARRIVAL_IF';
  readonly interfaceIndex: number;
}

/** A field of the IP header. */
export interface HeaderValue {
  readonly type: Exclude<ControlType, (PacketInfo | ArrivalInterface)['type']>;
  readonly value: number;
}

export type ControlMessage = PacketInfo | ArrivalInterface | HeaderValue;

export const isPacketInfo = (message: ControlMessage): message is PacketInfo => 'address' in message;

export const CONTROL_SWITCHES: readonly ControlSwitch[] = Object.values(CONTROL_TYPES).map(
  (row) => row.switch,
);

export const isControlSwitch = (option: OptionName): option is ControlSwitch =>
  (CONTROL_SWITCHES as readonly OptionName[]).includes(option);

export type WireFamily = 'AF_INET' | 'AF_INET6';

export const familyOfType = (type: ControlType): WireFamily =>
  CONTROL_TYPES[type].level === 'IPPROTO_IP' ? 'AF_INET' : 'AF_INET6';

/**
 * Whether a message can be sent with a datagram of that family; WSASendMsg answers WSAEINVAL otherwise.
 *
 * @param family the family of the packet: IPv4 also when a socket of AF_INET6 sends to an IPv4-mapped
 *   address
 */
export const canBeSent = (message: ControlMessage, family: WireFamily): boolean => {
  if (familyOfType(message.type) !== family || message.type === 'IP_ORIGINAL_ARRIVAL_IF') return false;
  if (isPacketInfo(message)) return true;
  const [least, most] = CONTROL_TYPES[message.type].values ?? [0, -1];
  return message.value >= least && message.value <= most;
};

/** The two low bits of TOS and traffic class are ECN (RFC 3168). */
const ECN_BITS = 0x3;

/** A TOS or traffic class with its ECN bits replaced. */
export const withEcn = (trafficClass: number, ecn: number): number => (trafficClass & ~ECN_BITS) | ecn;

/** The facts of a received datagram, from its IP header and its interface. */
export interface PacketFacts {
  readonly family: WireFamily;
  /** The destination, a literal of the family. */
  readonly address?: string;
  /** The interface that received it. */
  readonly interfaceIndex?: number;
  /** TTL, or hop limit. */
  readonly hops?: number;
  /** TOS, or traffic class. */
  readonly trafficClass?: number;
}

/** The messages for the enabled options. */
export const messagesOf = (
  { family, address, interfaceIndex, hops, trafficClass }: PacketFacts,
  isOn: (option: ControlSwitch) => boolean,
): ControlMessage[] => {
  const is4 = family === 'AF_INET';
  const messages: ControlMessage[] = [];
  if (address !== undefined && interfaceIndex !== undefined) {
    messages.push({ type: is4 ? 'IP_PKTINFO' : 'IPV6_PKTINFO', address, interfaceIndex });
  }
  if (hops !== undefined) messages.push({ type: is4 ? 'IP_TTL' : 'IPV6_HOPLIMIT', value: hops });
  if (trafficClass !== undefined) {
    messages.push({ type: is4 ? 'IP_TOS' : 'IPV6_TCLASS', value: trafficClass });
    messages.push({ type: is4 ? 'IP_ECN' : 'IPV6_ECN', value: trafficClass & ECN_BITS });
  }
  if (is4 && interfaceIndex !== undefined) messages.push({ type: 'IP_ORIGINAL_ARRIVAL_IF', interfaceIndex });
  return messages.filter(({ type }) => isOn(CONTROL_TYPES[type].switch));
};

/** The messages that fit into that many bytes, up to the first that does not (MSG_CTRUNC). */
export const fitting = (
  control: readonly ControlMessage[],
  room: number,
): { readonly control: readonly ControlMessage[]; readonly cut: boolean } => {
  let used = 0;
  const first = control.findIndex(({ type }) => {
    used += spaceFor(CONTROL_TYPES[type].bytes);
    return used > room;
  });
  return first < 0 ? { control, cut: false } : { control: control.slice(0, first), cut: true };
};
