import { type InternetAddress, isMulticast } from '../../winsock/addresses.js';
import { MESSAGE_FLAGS } from '../../winsock/constants.js';
import {
  type ControlMessage,
  type ControlSwitch,
  canBeSent,
  isPacketInfo,
  messagesOf,
  withEcn,
} from '../../winsock/control-messages.js';
import { fail, type Outcome, ok } from '../../winsock/outcome.js';
import { isBroadcast, isBroadcastOrMulticast, isWildcard, wireForm } from './endpoints.js';
import { unreachableNetworkOf } from './unreachable-networks.js';

/** The header of a datagram. */
export interface PacketHeader {
  /** The destination in wire form. */
  readonly to: InternetAddress;
  /** TTL, or hop limit. The lab has no router that decrements it. */
  readonly hops: number;
  /** TOS, or traffic class. */
  readonly trafficClass: number;
}

/** The one interface of the lab's host. */
const INTERFACE = 1;

/** The default of Windows. */
const DEFAULT_HOPS = 128;
const DEFAULT_MULTICAST_HOPS = 1;

export interface ToSend {
  readonly header: PacketHeader;
  /** The requested source. */
  readonly source: InternetAddress['address'] | undefined;
}

/** Makes the header of a datagram to that address. WSAEINVAL for control data that cannot go with it. */
export const headerTo = (
  to: InternetAddress,
  control: readonly ControlMessage[],
  call: string,
): Outcome<ToSend> => {
  let hops = isMulticast(to) ? DEFAULT_MULTICAST_HOPS : DEFAULT_HOPS;
  let trafficClass = 0;
  let ecn = 0;
  let source: string | undefined;
  for (const message of control) {
    if (!canBeSent(message, to.family)) return fail('WSAEINVAL', call);
    if (isPacketInfo(message)) {
      const own = wireForm({ family: to.family, address: message.address, port: 0 });
      const isHere =
        own.family === to.family && !isBroadcastOrMulticast(own) && unreachableNetworkOf(own) === undefined;
      if (!isHere || ![0, INTERFACE].includes(message.interfaceIndex)) return fail('WSAEINVAL', call);
      if (!isWildcard(own)) source = own.address;
    } else if ('value' in message) {
      if (message.type === 'IP_TTL' || message.type === 'IPV6_HOPLIMIT') hops = message.value;
      else if (message.type === 'IP_TOS' || message.type === 'IPV6_TCLASS') trafficClass = message.value;
      else ecn = message.value;
    }
  }
  return ok({
    header: { to, hops, trafficClass: ecn === 0 ? trafficClass : withEcn(trafficClass, ecn) },
    source,
  });
};

/** The control data for a receiver whose options ask for it. */
export const controlOf = (
  { to: { family, address }, hops, trafficClass }: PacketHeader,
  isOn: (option: ControlSwitch) => boolean,
): ControlMessage[] => messagesOf({ family, address, interfaceIndex: INTERFACE, hops, trafficClass }, isOn);

/** MSG_BCAST or MSG_MCAST for a datagram to many receivers. */
export const flagsOf = ({ to }: PacketHeader): number => {
  if (isBroadcast(to)) return MESSAGE_FLAGS.MSG_BCAST;
  return isMulticast(to) ? MESSAGE_FLAGS.MSG_MCAST : 0;
};
