import { ipv4Bytes, ipv4Text, ipv6Bytes, ipv6Text } from '../../winsock/addresses.js';
import { type ControlObject, dwordData, packed, unpacked } from '../../winsock/control-data.js';
import {
  CONTROL_TYPES,
  type ControlMessage,
  type ControlType,
  isPacketInfo,
} from '../../winsock/control-messages.js';
import { OPTION_LEVELS } from '../../winsock/options.js';

/** Control messages as WSASendMsg and WSARecvMsg have them: a sequence of WSACMSGHDR with their data. */

export const encodeControl = (control: readonly ControlMessage[]): Buffer => packed(control.map(objectOf));

const objectOf = (message: ControlMessage): ControlObject => {
  const { level, id: type } = CONTROL_TYPES[message.type];
  return { level: OPTION_LEVELS[level], type, data: dataOf(message) };
};

/** IN_PKTINFO and IN6_PKTINFO are an address and a ULONG; the others are an INT or ULONG. */
const dataOf = (message: ControlMessage): Buffer => {
  if ('value' in message) return dwordData(message.value);
  const index = dwordData(message.interfaceIndex);
  if (!isPacketInfo(message)) return index;
  const bytes = message.type === 'IP_PKTINFO' ? ipv4Bytes : ipv6Bytes;
  return Buffer.concat([bytes(message.address), index]);
};

/** Until version 1607 Windows 10 reported TTL and TOS with the types IP_HOPLIMIT and IP_TCLASS. */
const FORMER_TYPES: Readonly<Record<number, ControlType>> = { 21: 'IP_TTL', 39: 'IP_TOS' };

/** The messages in a received control buffer; unknown types are left out. */
export const decodeControl = (bytes: Buffer): ControlMessage[] =>
  unpacked(bytes).flatMap((object) => {
    const type = typeOf(object);
    return type === undefined || object.data.length < CONTROL_TYPES[type].bytes
      ? []
      : [messageOf(type, object.data)];
  });

const typeOf = ({ level, type }: ControlObject): ControlType | undefined => {
  for (const name in CONTROL_TYPES) {
    const row = CONTROL_TYPES[name as ControlType]; // a key of the table itself
    if (OPTION_LEVELS[row.level] === level && row.id === type) return name as ControlType;
  }
  return level === OPTION_LEVELS.IPPROTO_IP ? FORMER_TYPES[type] : undefined;
};

const messageOf = (type: ControlType, data: Buffer): ControlMessage => {
  switch (type) {
    case 'IP_PKTINFO':
      return { type, address: ipv4Text(data), interfaceIndex: data.readUInt32LE(4) };
    case 'IPV6_PKTINFO':
      return { type, address: ipv6Text(data), interfaceIndex: data.readUInt32LE(16) };
    case 'IP_ORIGINAL_ARRIVAL_IF':
      return { type, interfaceIndex: data.readUInt32LE(0) };
    default:
      return { type, value: data.readInt32LE(0) };
  }
};
