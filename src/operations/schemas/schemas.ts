/**
 * The building blocks of parameters and results. Every object is a named component (`$id`), constants are
 * string enums, integers say their width: so that generated clients in any language are pleasant.
 */
import Type, { type TObject, type TProperties } from 'typebox';
import { MOST_PATH_BYTES, type SocketAddress } from '../../winsock/addresses.js';
import { ADDRESS_FAMILIES, NETWORK_EVENTS, PROTOCOLS, SOCKET_TYPES } from '../../winsock/constants.js';
import { PROVIDER_NAMES } from '../../winsock/protocol-info.js';
import { SOCKET_STATES } from '../../winsock/socket-state.js';

/**
 * A string that is one of the names given. A component: clients have one type of it, wherever it occurs, so what is
 * to be said of a member alone stands in the text of its object.
 */
export const names = <T extends string>($id: string, values: readonly T[], description: string) =>
  Type.Unsafe<T>({ $id, type: 'string', enum: [...values], description });

/** The keys of a constant map, typed. */
export const keysOf = <T extends string>(map: Readonly<Record<T, unknown>>): T[] =>
  // Object.keys gives string[]; the keys of a Record<T, ...> literal are T.
  Object.keys(map) as T[];

export const int32 = (description: string, minimum: number, maximum: number) =>
  Type.Integer({ format: 'int32', minimum, maximum, description });

export const int64 = (description: string, minimum: number, maximum: number) =>
  Type.Integer({ format: 'int64', minimum, maximum, description });

/** 0 to 2,147,483,647. */
export const natural = (description: string) => int32(description, 0, 0x7fffffff);

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

/** A named component that refuses unknown members. What it is stands before what is in it. */
export const component = <P extends TProperties>($id: string, description: string, properties: P) =>
  Type.Object(properties, { $id, description, additionalProperties: false });

/** The result of an operation that has nothing to say but that it was done. */
export const empty = ($id: string): TObject => component($id, 'Done.', {});

export const timeoutMs = Type.Optional(
  natural('Most milliseconds to wait. Without it the limit of the daemon holds.'),
);

/** Longer than any id is: ids that were issued have 42 characters. */
const MOST_OF_ID = 64;

/** An id that the daemon issued. */
export const idSchema = (description: string) => Type.String({ description, maxLength: MOST_OF_ID });

export const sessionIdSchema = idSchema('A session id.');
export const socketIdSchema = idSchema('A socket id.');

/** Which members go with which family, validation.ts checks: then it is a SocketAddress. */
export const SocketAddressSchema = Type.Unsafe<SocketAddress>(
  component(
    'SocketAddress',
    'A numeric endpoint, or a path. Names are resolved by getAddrInfo; abstract addresses of AF_UNIX are not offered.',
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
            'AF_UNIX, required: sun_path, 1 to 107 bytes of UTF-8, without NUL. In a result empty for a socket without a name.',
          maxLength: MOST_PATH_BYTES + 1,
        }),
      ),
    },
  ),
);

export const BufferSchema = component('Buffer', 'Bytes to send: exactly one of base64 and text.', {
  base64: Type.Optional(Type.String({ description: 'The bytes in base64 (RFC 4648, with padding).' })),
  text: Type.Optional(Type.String({ description: 'The bytes as text, sent as UTF-8.' })),
  len: Type.Optional(natural('WSABUF.len: how many of the bytes count. Longer than the bytes is WSAEFAULT.')),
});

export const BytesSchema = component('Bytes', 'Bytes received.', {
  base64: Type.String({ description: 'The bytes in base64 (RFC 4648, with padding).' }),
  len: natural('How many bytes they are.'),
  text: Type.Optional(
    Type.String({ description: 'The bytes as text, where that was asked for and they are UTF-8.' }),
  ),
});

export const CaptureSchema = component(
  'Capture',
  'What the journal of a socket keeps of the payload; without it nothing.',
  { maxBytes: int32('Most bytes kept of each send and receive.', 0, 65_536) },
);

export const socketState = names('SocketState', SOCKET_STATES, 'Where a socket is in its life.');
