import type { Static } from 'typebox';
import Type from 'typebox';
import type { Answer } from '../../daemon/answers/answer.js';
import { invalid, type Refusal } from '../../daemon/answers/refusals.js';
import { isAddressOf, isAnyAddress } from '../../winsock/addresses.js';
import {
  CONTROL_TYPES,
  type ControlMessage,
  type ControlType,
  familyOfType,
} from '../../winsock/control-messages.js';
import { ok } from '../../winsock/outcome.js';
import type { Destination } from '../operation.js';
import { component, dword, keysOf, names } from '../schemas/schemas.js';

/** Control data in parameters and results: one flat object for all types. */

/** Most messages of one call; with their headers they take less than 1,024 bytes, whatever their types. */
export const MOST_MESSAGES = 16;

/** The most that WSAMSG.Control.len may be. */
export const MOST_CONTROL_BYTES = 1024;

export const ControlMessageSchema = component(
  'ControlMessage',
  'A control data object (WSACMSGHDR): its type, and the members of that type.',
  {
    type: names('ControlType', keysOf(CONTROL_TYPES), 'cmsg_type, with the level that its name begins with.'),
    value: Type.Optional(
      Type.Integer({
        format: 'int32',
        minimum: -0x80000000,
        maximum: 0x7fffffff,
        description:
          'IP_TTL, IP_TOS, IP_ECN, IPV6_HOPLIMIT, IPV6_TCLASS and IPV6_ECN: the field of the IP header.',
      }),
    ),
    address: Type.Optional(
      Type.String({
        description: 'IP_PKTINFO, IPV6_PKTINFO: received the destination, sent the source; wildcard: any.',
        maxLength: 45,
      }),
    ),
    interfaceIndex: Type.Optional(
      dword(
        [
          'IP_PKTINFO, IPV6_PKTINFO: the interface that the datagram came by or leaves by (0 or absent: the',
          'system chooses). IP_ORIGINAL_ARRIVAL_IF, only received: the interface before a tunnel.',
        ].join(' '),
      ),
    ),
  },
);

type Given = Static<typeof ControlMessageSchema>;

const MEMBERS = ['value', 'address', 'interfaceIndex'] as const;

const isInfo = (type: ControlType): type is 'IP_PKTINFO' | 'IPV6_PKTINFO' =>
  type === 'IP_PKTINFO' || type === 'IPV6_PKTINFO';

/** The members that a type requires, and all that it may have. */
const membersOf = (type: ControlType): Readonly<Record<'needs' | 'has', readonly string[]>> => {
  if (isInfo(type)) return { needs: ['address'], has: ['address', 'interfaceIndex'] };
  const only = [type === 'IP_ORIGINAL_ARRIVAL_IF' ? 'interfaceIndex' : 'value'];
  return { needs: only, has: only };
};

/** Errors of form in a message; whether it can be sent, the provider decides. */
const formError = (given: Given, i: number): Refusal | undefined => {
  const { needs, has } = membersOf(given.type);
  for (const name of MEMBERS) {
    const at = ['control', i, name];
    if (given[name] === undefined && needs.includes(name))
      return invalid(at, `is required for ${given.type}`);
    if (given[name] !== undefined && !has.includes(name)) return invalid(at, `is no member of ${given.type}`);
  }
  const family = familyOfType(given.type);
  return given.address === undefined || isAddressOf(family, given.address)
    ? undefined
    : invalid(['control', i, 'address'], `is not a numeric literal of ${family}`);
};

/** Reads the control data of a call: each message must have the members of its type, and no others. */
export const readControl = (control: readonly Given[]): Answer<readonly ControlMessage[]> => {
  for (const [i, given] of control.entries()) {
    const refused = formError(given, i);
    if (refused) return refused;
  }
  return ok(control.map(messageOf));
};

/** Its form has been checked. */
const messageOf = ({ type, value = 0, address = '', interfaceIndex = 0 }: Given): ControlMessage => {
  if (isInfo(type)) return { type, address, interfaceIndex };
  return type === 'IP_ORIGINAL_ARRIVAL_IF' ? { type, interfaceIndex } : { type, value };
};

/**
 * The sources that messages name, for the policy: each counts as a bind to that address, for any port. A
 * message that leaves all to the system names none; a text that is no address is refused later, by
 * readControl.
 */
export const sourcesIn = (control: readonly Given[]): Destination[] =>
  control.flatMap(({ type, address, interfaceIndex = 0 }): Destination[] => {
    const family = familyOfType(type);
    if (address === undefined || !isAddressOf(family, address)) return [];
    const namesNone = interfaceIndex === 0 && isAnyAddress({ family, address, port: 0 });
    return namesNone ? [] : [{ kind: 'bind', address: { family, address, port: 0 }, anyPort: true }];
  });
