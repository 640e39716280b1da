import { type Static, Type } from 'typebox';

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

const TOKEN = '^[\\x21-\\x7e]{16,}$';

/** Whether a text can be a token: at least 16 printable ASCII characters without spaces. */
export const isToken = (text: string): boolean => new RegExp(TOKEN).test(text);

const NamedTokenSchema = Type.Object(
  {
    name: Type.String({
      pattern: '^[A-Za-z0-9._-]{1,64}$',
      description: 'The owner that the token speaks for.',
    }),
    token: Type.Optional(Type.String({ pattern: TOKEN, description: 'The token itself.' })),
    tokenFile: Type.Optional(
      Type.String({ minLength: 1, description: 'An owner-only file with the token.' }),
    ),
  },
  { additionalProperties: false },
);

const UNIX_PATHS =
  'Paths of AF_UNIX: absolute; with a slash at its end, everything below that folder. Everything else is denied.';

/** Every key of the configuration. Files, the environment and the defaults are validated by this schema. */
export const ConfigSchema = Type.Object(
  {
    host: Type.String({
      minLength: 1,
      default: 'localhost',
      description:
        'The address to listen on. `localhost`: 127.0.0.1 and, where the machine has it, ::1, with one port.',
    }),
    port: count('The port to listen on; 0 for any free one.', 10093, 0, 65535),
    provider: oneOf(
      'The provider whose catalog entries come first. Default: ws2_32 on Windows, posix on Linux, else lab.',
      ['ws2_32', 'posix', 'lab'],
    ),
    tokenFile: Type.String({
      minLength: 1,
      description:
        'Where the token of the owner `default` is kept, made at the first start. Default: the state folder of the user. Unused while another token is configured.',
    }),
    tokens: Type.Array(NamedTokenSchema, {
      default: [],
      description: 'Further tokens, each with its owner; exactly one of token and tokenFile.',
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
    allowedHosts: texts('Further Host values to answer for, exact, with or without a port.', []),
    allowedOrigins: texts('Origins of web pages whose requests are answered, exact.', [], '^https?://[^/]+$'),
    insecureRemote: Type.Boolean({
      default: false,
      description: 'Accept a listener elsewhere than loopback without TLS. Warned about again and again.',
    }),
    policy: section(
      'Which addresses sockets may use. An entry of `allow` is `CIDR`, or `CIDR PORTS` with a list of ports and ranges.',
      {
        connect: section('Addresses to connect and send to.', {
          allow: texts('What is allowed; everything else is denied.', ['127.0.0.0/8', '::1/128']),
          unixPaths: texts(UNIX_PATHS, []),
        }),
        bind: section('Addresses to bind to.', {
          allow: texts('What is allowed; everything else is denied.', [
            '127.0.0.0/8 0,1024-65535',
            '::1/128 0,1024-65535',
          ]),
          reuseAddress: Type.Boolean({
            default: false,
            description:
              'Whether SO_REUSEADDR may be set: it can take an address in use from another program of this machine.',
          }),
          unixPaths: texts(UNIX_PATHS, []),
        }),
      },
    ),
    limits: section('What one call, one owner or one body may use.', {
      waitSeconds: count('The longest wait of one call before its client has to repeat it.', 25, 1, 3600),
      leaseSeconds: count('How long an unused session lives, unless startup says otherwise.', 60, 1, 86_400),
      maxLeaseSeconds: count('The longest lease that startup may ask for.', 86_400, 1, 86_400),
      sessionsPerOwner: count('Sessions at once.', 100, 1, 1_000_000),
      socketsPerOwner: count('Sockets at once.', 1000, 1, 1_000_000),
      connections: count(
        'Connections at once, of all listeners; on Linux at most half of the files that the process may open. A new one gets the place of one that has shown no token; one in sixteen is kept for such.',
        4096,
        16,
        65_536,
      ),
      connectionsPerOwner: count(
        'Of these the connections of one owner. One counts for the owner of its first request with a token; where there are fewer than `limits.connections`, this is smaller in proportion.',
        2048,
        1,
        65_536,
      ),
      reservedDescriptors: count(
        'On Linux: file descriptors that sockets leave free below the limit of the process (at most half of it), for connections above all.',
        64,
        16,
        65_536,
      ),
      callBodyBytes: count('The largest request body where no data travels.', 65_536, 1024, 64 * MIB),
      bodyBytes: count(
        'The largest request body of a call that takes data (`data`, `buffers`) or a long list of sockets.',
        8 * MIB,
        1024,
        64 * MIB,
      ),
      bodyValues: count('Values and names in one request body.', 32_768, 1000, 1_000_000),
      requestsPerConnection: count(
        'Requests under way on one connection; further ones are not read until answers have gone.',
        64,
        1,
        10_000,
      ),
      callsPerOwner: count(
        'Calls that wait at once. One more that would have to wait is refused; others are not counted.',
        1024,
        1,
        1_000_000,
      ),
      bytesPerOwner: count(
        'Bytes kept for one owner at once: bodies, answers and events not yet taken, received data, buffers of the lab, journals.',
        256 * MIB,
        16 * MIB,
        65_536 * MIB,
      ),
      bytesTotal: count('The same, for all owners together.', 512 * MIB, MIB, 65_536 * MIB),
      stalledSeconds: count(
        'How long a client may take nothing of an answer or, where none waits, send nothing of a body while less than an eighth of these bytes is left; then its connection is cut.',
        10,
        1,
        3600,
      ),
      recvBytes: count('The most that one receive gives.', 4 * MIB, 1, 4 * MIB),
      journalEntries: count(
        'Calls that the journal of one socket keeps, that of one session, and those of its ended sockets together.',
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
        'Payload that the journal of one socket keeps, where capture was asked for.',
        MIB,
        0,
        64 * MIB,
      ),
      captureBytesPerSession: count(
        'Payload that the journals of one session keep; that of ended sockets goes first.',
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
      eventEntries: count('Events of one owner that are kept for readers that come back.', 1000, 1, 100_000),
      eventBytes: count(
        'Bytes of events that wait for one reader; one that reads more slowly is cut off.',
        MIB,
        65_536,
        64 * MIB,
      ),
      eventStreamsPerOwner: count('Readers of events at once.', 16, 1, 10_000),
    }),
    log: section('The log on standard output.', {
      level: oneOf(
        'The lowest level written.',
        ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'],
        'info',
      ),
      bufferBytes: count(
        'Bytes of the log that wait where nobody takes them; lines beyond are dropped and counted.',
        MIB,
        65_536,
        64 * MIB,
      ),
      pretty: oneOf('For people instead of JSON lines; auto: on a terminal.', ['auto', 'on', 'off'], 'auto'),
    }),
    drainSeconds: count('How many seconds closes that linger may take when the daemon stops.', 10, 0, 3600),
  },
  { additionalProperties: false },
);

/** The configuration of one daemon. */
export type Config = Static<typeof ConfigSchema>;

/** An invalid configuration; the message is one line that names the key. */
export class ConfigError extends Error {
  override name = 'ConfigError';
}
