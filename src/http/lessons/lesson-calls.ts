import type { ParameterError, ParameterPath } from '../../daemon/answers/refusals.js';
import { type AnyOperation, type Chapter, ID_OF_SCOPE } from '../../operations/operation.js';
import { isLoopback } from '../../winsock/addresses.js';
import type { OptionLevel } from '../../winsock/options.js';
import { SESSION_STEP } from './lesson.js';

/**
 * The operations that lessons may call, by their names: those of the chapters for lessons, which stay on this
 * machine. Not those of all sessions, and not those that act on a session itself: it is that of the lesson,
 * which whoever runs the lesson begins and ends.
 */
export const lessonOperations = (chapters: readonly Chapter[]): ReadonlyMap<string, AnyOperation> =>
  new Map(
    chapters
      .filter(({ inLessons }) => inLessons)
      .flatMap(({ operations }) => operations)
      .filter(({ scope, effect, uninitialised }) => {
        const isOfSessionItself = effect === 'change' && uninitialised;
        return scope !== 'daemon' && !isOfSessionItself;
      })
      .map((op) => [op.name, op]),
  );

/** The levels whose options have no effect on a network. */
const LOCAL_LEVELS: readonly OptionLevel[] = ['SOL_SOCKET', 'IPPROTO_TCP'];

/** The ioctls that ask or change the socket alone. */
const LOCAL_IOCTLS: readonly unknown[] = ['FIONBIO', 'FIONREAD', 'SIOCATMARK', 'SIO_KEEPALIVE_VALS'];

const FAMILIES: readonly unknown[] = ['AF_INET', 'AF_INET6'];

const SESSION_REFERENCE = `/${SESSION_STEP}/sessionId`;

/**
 * What a call of a lesson may not do.
 *
 * @param isNative the lesson also runs on the native provider, where its traffic must not leave loopback
 */
export function* wrongWithCall(
  op: AnyOperation,
  params: object,
  isNative: boolean,
): Iterable<ParameterError> {
  const known = new Set([...Object.keys(op.params.properties), ID_OF_SCOPE[op.scope]]);
  for (const name of Object.keys(params)) {
    if (!known.has(name)) yield { path: [name], detail: 'is not a parameter of this operation' };
  }
  yield* wrongMembers(params, []);
  if (isNative) yield* wrongOnNetwork(op, params);
}

/** Members that mean the same wherever they are. */
function* wrongMembers(value: object, at: ParameterPath): Iterable<ParameterError> {
  for (const [name, one] of Object.entries(value)) {
    const path = [...at, name];
    const detail = MEMBERS.get(name)?.(one);
    if (detail !== undefined) yield { path, detail };
    if (typeof one === 'object' && one !== null && referenceOf(one) === undefined) {
      yield* wrongMembers(one, path);
    }
  }
}

const MEMBERS: ReadonlyMap<string, (value: unknown) => string | undefined> = new Map([
  [
    'sessionId',
    (value) =>
      referenceOf(value) === SESSION_REFERENCE ? undefined : `must be {"$result": "${SESSION_REFERENCE}"}`,
  ],
  ['socketId', (value) => (referenceOf(value) === undefined ? 'must be a reference to a result' : undefined)],
  ['catalogEntryId', () => 'must be left out: its numbers differ between machines'],
  ['provider', (value) => (value === 'lab' ? undefined : 'must be "lab", or be left out')],
  ['family', (value) => (FAMILIES.includes(value) ? undefined : `must be ${FAMILIES.join(' or ')}`)],
]);

function* wrongOnNetwork(op: AnyOperation, params: object): Iterable<ParameterError> {
  // Members of any kind: each is judged where it is used.
  const { address, control, level, request } = params as Readonly<Record<string, unknown>>;
  if (op.destination !== undefined && address !== undefined) {
    if (op.does === 'binds') yield* wrongToBind(address);
    else if (referenceOf(address) === undefined) {
      yield { path: ['address'], detail: 'must be a reference to a result, where the lesson runs natively' };
    }
  }
  // It can name a source address and an interface.
  if (control !== undefined) {
    yield { path: ['control'], detail: 'must be left out, where the lesson runs natively' };
  }
  if (op.does !== 'configures') return;
  if (level !== undefined && !LOCAL_LEVELS.some((one) => one === level)) {
    yield { path: ['level'], detail: `must be ${LOCAL_LEVELS.join(' or ')}, where the lesson runs natively` };
  }
  if (request !== undefined && !LOCAL_IOCTLS.includes(request)) {
    const detail = `must be one of ${LOCAL_IOCTLS.join(', ')}, where the lesson runs natively`;
    yield { path: ['request'], detail };
  }
}

function* wrongToBind(address: unknown): Iterable<ParameterError> {
  // An object whatever the lesson has there; its members are judged below.
  const given = Object(address) as Readonly<Record<string, unknown>>;
  const { family, address: text, port } = given;
  const isLocal =
    (family === 'AF_INET' || family === 'AF_INET6') &&
    typeof text === 'string' &&
    isLoopback({ family, address: text, port: 0 });
  if (!isLocal) yield { path: ['address'], detail: 'must be on loopback, where the lesson runs natively' };
  else if (port !== 0) {
    yield { path: ['address', 'port'], detail: 'must be 0, where the lesson runs natively' };
  }
}

/** The pointer of a reference; undefined for any other value. */
const referenceOf = (value: unknown): string | undefined => {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, '$result')) return undefined;
  const pointer: unknown = Reflect.get(value, '$result');
  return typeof pointer === 'string' ? pointer : undefined;
};
