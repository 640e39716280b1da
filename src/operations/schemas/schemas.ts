/**
 * The building blocks of parameters and results. For the sake of generated clients, every object is a named
 * component (`$id`), constants are string enums, and integers state their width.
 */
import Type, { type TObject, type TProperties } from 'typebox';
import { MOST_PATH_BYTES, type SocketAddress } from '../../winsock/addresses.js';
import { ADDRESS_FAMILIES, NETWORK_EVENTS, PROTOCOLS, SOCKET_TYPES } from '../../winsock/constants.js';
import { PROVIDER_NAMES } from '../../winsock/protocol-info.js';
import { SOCKET_STATES } from '../../winsock/socket-state.js';

/**
 * A string that is one of `values`. As a component it is one type in generated clients, with one description;
 * the description of the object around it says what is special about a member.
 */
export const names = <T extends string>($id: string, values: readonly T[], description: string) =>
  Type.Unsafe<T>({ $id, type: 'string', enum: [...values], description });

/** The keys of a constant map, with their type. */
export const keysOf = <T extends string>(map: Readonly<Record<T, unknown>>): T[] =>
  // Object.keys gives string[]; the keys of a Record<T, ...> literal are T.
  Object.keys(map) as T[];

export const int32 = (description: string, minimum: number, maximum: number) =>
  Type.Integer({ format: 'int32', minimum, maximum, description });

export const int64 = (description: string, minimum: number, maximum: number) =>
  Type.Integer({ format: 'int64', minimum, maximum, description });

/** 0 to 2,147,483,647. */
const natural = (description: string) => int32(description, 0, 0x7fffffff);

/** A number of a result, of 32 bits: 0 or more. Its format says how large it can be. */
export const count = (description: string) => Type.Integer({ format: 'int32', minimum: 0, description });

/** A number of a result, of 64 bits. */
export const longCount = (description: string, minimum = 0) =>
  Type.Integer({ format: 'int64', minimum, description });

/** A DWORD: 0 to 4,294,967,295. */
export const dword = (description: string) => int64(description, 0, 0xffffffff);

/** An instant by the wall clock. */
export const instant = (description: string) => Type.String({ format: 'date-time', description });

export const ProviderNameSchema = names('ProviderName', PROVIDER_NAMES, 'A provider of sockets.');

/** 0 to 1. */
export const probability = (description: string) =>
  Type.Number({ format: 'double', minimum: 0, maximum: 1, description });

export const AddressFamilySchema = names('AddressFamily', keysOf(ADDRESS_FAMILIES), 'Address family.');
export const SocketTypeSchema = names('SocketType', keysOf(SOCKET_TYPES), 'Socket type.');
export const ProtocolSchema = names(
  'Protocol',
  keysOf(PROTOCOLS),
  'Protocol; with IPPROTO_IP (0) the provider chooses.',
);

export const NetworkEventNameSchema = names('NetworkEventName', keysOf(NETWORK_EVENTS), 'A network event.');

/** A named component that refuses unknown members. */
export const component = <P extends TProperties>($id: string, description: string, properties: P) =>
  Type.Object(properties, { $id, description, additionalProperties: false });

/** The parameters of an operation, whose own text describes them. */
export const parameters = <P extends TProperties>($id: string, properties: P) =>
  Type.Object(properties, { $id, additionalProperties: false });

/** The result of an operation without result members. */
export const emptyResult = ($id: string): TObject => component($id, 'Done.', {});

export const timeoutMs = Type.Optional(natural("Most milliseconds to wait; without it the daemon's limit."));

/** Longer than any issued id: those have 42 characters. */
const MAX_ID_LENGTH = 64;

/** An id that the daemon issued. */
export const idSchema = (description?: string) =>
  Type.String({ ...(description !== undefined && { description }), maxLength: MAX_ID_LENGTH });

// Their members are called `sessionId` and `socketId`, which says it.
export const sessionIdSchema = idSchema();
export const socketIdSchema = idSchema();

/** validation.ts checks which members belong to which family; then it is a SocketAddress. */
export const SocketAddressSchema = Type.Unsafe<SocketAddress>(
  component(
    'SocketAddress',
    'A numeric endpoint, or a path. getAddrInfo resolves names; there are no abstract AF_UNIX addresses.',
    {
      family: names('EndpointFamily', ['AF_INET', 'AF_INET6', 'AF_UNIX'], 'The family of an address.'),
      address: Type.Optional(
        Type.String({
          description: 'AF_INET and AF_INET6, required: numeric literal, for example `127.0.0.1` or `::1`.',
          maxLength: 45,
        }),
      ),
      port: Type.Optional(int32('AF_INET and AF_INET6, required: port number, host order.', 0, 65535)),
      scopeId: Type.Optional(dword('AF_INET6 only: sin6_scope_id.')),
      flowInfo: Type.Optional(dword('AF_INET6 only: sin6_flowinfo.')),
      path: Type.Optional(
        Type.String({
          description:
            'AF_UNIX, required: sun_path, 1 to 107 bytes of UTF-8, no NUL. In a result empty: no name.',
          maxLength: MOST_PATH_BYTES + 1,
        }),
      ),
    },
  ),
);

export const BufferSchema = component('Buffer', 'Bytes to send: exactly one of base64 and text.', {
  base64: Type.Optional(Type.String({ description: 'The bytes in base64 (RFC 4648, with padding).' })),
  text: Type.Optional(Type.String({ description: 'The bytes as text, sent as UTF-8.' })),
  len: Type.Optional(natural('WSABUF.len: how many of the bytes to use. More than given is WSAEFAULT.')),
});

export const BytesSchema = component('Bytes', 'Bytes received.', {
  base64: Type.String({ description: 'The bytes in base64 (RFC 4648, with padding).' }),
  len: count('The number of bytes.'),
  text: Type.Optional(Type.String({ description: 'The bytes as text, on request and if they are UTF-8.' })),
});

export const CaptureSchema = component(
  'Capture',
  'The payload that the journal of a socket keeps; without it none.',
  { maxBytes: int32('Most bytes kept of each send and receive.', 0, 65_536) },
);

export const socketState = names('SocketState', SOCKET_STATES, 'The state of a socket.');
