import Type from 'typebox';
import { ProtocolInfoSchema } from '../schemas/protocol-info-schema.js';
import { component, dword, int32, int64 } from '../schemas/schemas.js';

/** The value of a socket option: one member for each type of OPTIONS. */

const LingerSchema = component('Linger', 'struct LINGER.', {
  onoff: Type.Boolean({ description: 'Whether closesocket lingers.' }),
  linger: int32('For how many seconds; 0 resets the connection.', 0, 65535),
});

const literal = (description: string) => Type.String({ description, maxLength: 45 });

const MembershipSchema = component('Membership', 'struct ip_mreq, ip_mreq_source or ipv6_mreq.', {
  multicastAddress: literal('The group, a numeric literal, for example `239.1.2.3` or `ff02::1234`.'),
  interfaceAddress: Type.Optional(literal('An IPv4 address of the interface; not together with its index.')),
  interfaceIndex: Type.Optional(dword('The index of the interface. Without interface the system chooses.')),
  sourceAddress: Type.Optional(literal('The source, for options with ip_mreq_source only.')),
});

export const OptionValueSchema = component(
  'OptionValue',
  'The value of a socket option: exactly the member of its type.',
  {
    boolean: Type.Optional(Type.Boolean({ description: 'For options of type BOOL.' })),
    integer: Type.Optional(int64('For options of type int and DWORD.', -0x80000000, 0xffffffff)),
    linger: Type.Optional(LingerSchema),
    membership: Type.Optional(MembershipSchema),
    protocolInfo: Type.Optional(ProtocolInfoSchema),
  },
);
