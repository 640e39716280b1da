import { type Static, Type } from 'typebox';
import { TOKEN, TOKEN_MEANING } from './token-text.js';

const OWNER = '^[A-Za-z0-9._-]{1,64}$';
const HOST = '^[^\\s/]+$';
const ORIGIN = '^https?://[^/]+$';

/** What a value must be, by the pattern that it must match: nobody should have to read a pattern. */
export const MEANINGS: Readonly<Record<string, string>> = {
  [TOKEN]: TOKEN_MEANING,
  [OWNER]: '1 to 64 letters, digits, dots, hyphens and underscores',
  [HOST]: 'a host with or without a port, such as rig.example:10093',
  [ORIGIN]: 'an origin, such as https://page.example:8443',
};

const texts = (description: string, defaults: string[], pattern?: string) =>
  Type.Array(Type.String({ minLength: 1, ...(pattern === undefined ? {} : { pattern }) }), {
    description,
    default: defaults,
  });

const count = (description: string, value: number, minimum: number, maximum: number) =>
  Type.Integer({ description, default: value, minimum, maximum });

const oneOf = <T extends string>(description: string, names: readonly T[], value?: T) =>
  Type.Unsafe<T>({
    type: 'string',
    description,
    enum: names,
    ...(value === undefined ? {} : { default: value }),
  });

const section = <P extends Parameters<typeof Type.Object>[0]>(description: string, properties: P) =>
  Type.Object(properties, { description, default: {}, additionalProperties: false });

const MIB = 1024 * 1024;

const NamedTokenSchema = Type.Object(
  {
    name: Type.String({
      pattern: OWNER,
      description: 'The owner of the token.',
    }),
    token: Type.Optional(Type.String({ pattern: TOKEN, description: 'The token itself.' })),
    tokenFile: Type.Optional(
      Type.String({ minLength: 1, description: 'An owner-only file with the token.' }),
    ),
  },
  { additionalProperties: false },
);

/** The description of a list of paths; `use`: what sockets may do with them. */
const unixPaths = (use: string): string =>
  `The AF_UNIX paths that sockets may ${use}, absolute; one that ends with a slash allows everything below ` +
  'that folder. All others are denied.';

/** Every key of the configuration. Files, the environment and the defaults are validated by this schema. */
export const ConfigSchema = Type.Object(
  {
    host: Type.String({
      minLength: 1,
      default: 'localhost',
      description:
        'The address to listen on. `localhost`: 127.0.0.1, and ::1 if the machine has it, with one port.',
    }),
    port: count('The port to listen on; 0 for any free one.', 10093, 0, 65535),
    provider: oneOf(
      'The provider whose catalog entries come first. Default: ws2_32 on Windows, posix on Linux, else lab.',
      ['ws2_32', 'posix', 'lab'],
    ),
    tokenFile: Type.String({
      minLength: 1,
      description:
        'The file with the token of the owner `default`, made at the first start. ' +
        'Default: in the state folder of the user. Unused while another token is configured.',
    }),
    tokens: Type.Array(NamedTokenSchema, {
      default: [],
      description:
        'Tokens, instead of the one of `tokenFile`, each with its owner and exactly one of ' +
        'token and tokenFile.',
    }),
    tls: Type.Optional(
      Type.Object(
        {
          certFile: Type.String({ minLength: 1, description: 'PEM file with the certificate chain.' }),
          keyFile: Type.String({ minLength: 1, description: 'PEM file with the private key.' }),
          minVersion: oneOf('The lowest TLS version.', ['TLSv1.2', 'TLSv1.3'], 'TLSv1.2'),
        },
        { additionalProperties: false, description: 'Listen with TLS.' },
      ),
    ),
    allowedHosts: texts('Further Host values to answer for, exact, with or without a port.', [], HOST),
    allowedOrigins: texts('Origins of web pages whose requests are answered, exact.', [], ORIGIN),
    insecureRemote: Type.Boolean({
      default: false,
      description: 'Accept a listener outside loopback without TLS. The log repeats a warning.',
    }),
    policy: section(
      'Which addresses sockets may use. ' +
        'An entry of `allow` is `CIDR`, or `CIDR PORTS` with a list of ports and ranges.',
      {
        connect: section('What sockets may connect and send to.', {
          allow: texts('The addresses that sockets may connect and send to; all others are denied.', [
            '127.0.0.0/8',
            '::1/128',
          ]),
          unixPaths: texts(unixPaths('connect to'), []),
        }),
        bind: section('What sockets may bind to.', {
          allow: texts('The addresses that sockets may bind to; all others are denied.', [
            '127.0.0.0/8 0,1024-65535',
            '::1/128 0,1024-65535',
          ]),
          reuseAddress: Type.Boolean({
            default: false,
            description:
              'Whether sockets may set SO_REUSEADDR. ' +
              'If two programs set it, they can bind to one address, ' +
              'and either may receive what is sent there.',
          }),
          unixPaths: texts(unixPaths('bind to'), []),
        }),
        relay: section('What relays may do.', {
          remote: Type.Boolean({
            default: false,
            description:
              'Whether a relay may have a listener outside loopback: then other machines reach its upstream ' +
              'address through this one.',
          }),
        }),
      },
    ),
    limits: section('What one call, one owner or one body may use.', {
      waitSeconds: count('The longest wait of one call; its client can then repeat it.', 25, 1, 3600),
      leaseSeconds: count(
        'How long an unused session lives, unless startup sets another lease.',
        60,
        1,
        86_400,
      ),
      maxLeaseSeconds: count('The longest lease that startup may set.', 86_400, 1, 86_400),
      sessionsPerOwner: count('Most sessions of one owner.', 100, 1, 1_000_000),
      socketsPerOwner: count('Most sockets of one owner.', 1000, 1, 1_000_000),
      connections: count(
        'Most connections of all clients; on Linux at most half of the files that the process may open. ' +
          'If all are used, a new connection replaces one that has sent no token; ' +
          'a sixteenth is reserved for connections without a token.',
        4096,
        16,
        65_536,
      ),
      connectionsPerOwner: count(
        'Most connections of one owner, and at most half of all that the daemon takes. ' +
          'A connection counts for the owner of its first request with a token.',
        2048,
        1,
        65_536,
      ),
      reservedDescriptors: count(
        'On Linux: file descriptors that sockets leave free, mainly for connections; ' +
          'at most half of the files that the process may open.',
        64,
        16,
        65_536,
      ),
      callBodyBytes: count('The largest request body of a call without data.', 65_536, 1024, 64 * MIB),
      bodyBytes: count(
        'The largest request body of a call that takes data (`data`, `buffers`) or a long list of sockets.',
        8 * MIB,
        1024,
        64 * MIB,
      ),
      bodyValues: count('Values and names in one request body.', 32_768, 1000, 1_000_000),
      requestsPerConnection: count(
        'Pending requests of one connection; further ones are not read until answers are sent.',
        64,
        1,
        10_000,
      ),
      webSocketsPerOwner: count('Most WebSockets of one owner.', 64, 1, 10_000),
      callsPerOwner: count(
        'Most waiting calls of one owner; a further call that would have to wait is refused. Also the most requests ' +
          'under way on one WebSocket.',
        1024,
        1,
        1_000_000,
      ),
      idempotencyKeysPerOwner: count(
        'Most idempotency keys of one owner; each is kept for ten minutes.',
        1000,
        1,
        1_000_000,
      ),
      idempotencyBytesPerOwner: count(
        'Most bytes of the answers that are kept for the idempotency keys of one owner. ' +
          'A further key is refused; they also count in `bytesPerOwner`.',
        16 * MIB,
        65_536,
        1024 * MIB,
      ),
      bytesPerOwner: count(
        'Most bytes kept for one owner: bodies, undelivered answers and events, received data, ' +
          'buffers of the lab, journals.',
        256 * MIB,
        16 * MIB,
        65_536 * MIB,
      ),
      bytesTotal: count('Most bytes kept for all owners together.', 512 * MIB, MIB, 65_536 * MIB),
      stalledSeconds: count(
        'If less than an eighth of `bytesPerOwner` or `bytesTotal` is free: how long a client may stop reading ' +
          'an answer or, if it waits for none, stop sending a body. Then its connection is cut.',
        10,
        1,
        3600,
      ),
      recvBytes: count('The most bytes that one receive returns.', 4 * MIB, 1, 4 * MIB),
      journalEntries: count(
        'Calls that a journal keeps: that of one socket, that of one session, ' +
          'and those of the ended sockets of a session together.',
        1000,
        1,
        100_000,
      ),
      endedSessionEntries: count(
        'Calls that the journals of the ended sessions of one owner, and of their sockets, keep together.',
        10_000,
        0,
        10_000_000,
      ),
      captureBytes: count(
        'Payload that the journal of one socket keeps when capture is on.',
        MIB,
        0,
        64 * MIB,
      ),
      captureBytesPerSession: count(
        'Payload that the journals of one session keep; that of ended sockets is discarded first.',
        16 * MIB,
        0,
        1024 * MIB,
      ),
      captureBytesPerOwner: count(
        'Payload that the journals of all sessions of one owner keep, ended ones too.',
        64 * MIB,
        0,
        1024 * MIB,
      ),
      eventEntries: count('Events of one owner that are kept for readers that reconnect.', 1000, 1, 100_000),
      eventBytes: count(
        'Bytes of events that wait for one reader; a slower reader is disconnected.',
        MIB,
        65_536,
        64 * MIB,
      ),
      eventStreamsPerOwner: count('Most event streams of one owner.', 16, 1, 10_000),
    }),
    log: section('The log on standard output.', {
      level: oneOf(
        'The lowest level written.',
        ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'],
        'info',
      ),
      bufferBytes: count(
        'Bytes of the log that wait for a slow standard output; further lines are discarded and counted.',
        MIB,
        65_536,
        64 * MIB,
      ),
      pretty: oneOf(
        'Text for people instead of JSON lines; auto: on a terminal.',
        ['auto', 'on', 'off'],
        'auto',
      ),
    }),
    lessons: Type.String({
      default: '',
      description: 'A folder with further lessons, see docs/lessons.md. Empty: none.',
    }),
    drainSeconds: count('How many seconds lingering closes may take when the daemon stops.', 10, 0, 3600),
  },
  { additionalProperties: false },
);

/** The configuration of one daemon. */
export type Config = Static<typeof ConfigSchema>;

/** An invalid configuration; the message is one line that names the key. */
export class ConfigError extends Error {
  override name = 'ConfigError';
}
