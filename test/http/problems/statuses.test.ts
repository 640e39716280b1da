import assert from 'node:assert/strict';
import test from 'node:test';
import { REFUSALS, type RefusalName } from '../../../src/daemon/answers/refusals.js';
import { statusesOfCode, statusOfCode, statusOfRefusal } from '../../../src/http/problems/statuses.js';
import { canBeProblem, WSA_ERRORS, WSA_NAMES } from '../../../src/winsock/errors.js';

// biome-ignore format: one row a status
const CODES: Readonly<Record<number, readonly number[]>> = {
  403: [10013, 11011],
  404: [10009, 10038],
  409: [
    995, 996, 10004, 10035, 10036, 10037, 10048, 10056, 10057, 10058, 10066, 10093, 10103, 10111, 11007,
    11008,
  ],
  410: [10070],
  422: [
    87, 10014, 10022, 10039, 10040, 10041, 10042, 10043, 10044, 10045, 10046, 10047, 10049, 10062, 10063,
    10071, 10092, 10108, 10109, 11001, 11004, 11012, 11013, 11014, 11016, 11017, 11018, 11019, 11020,
    11021, 11022, 11023, 11024, 11025, 11026, 11027, 11028, 11029, 11030, 11031,
  ],
  500: [6, 10104, 10105, 10106, 10107, 11015],
  502: [10051, 10052, 10053, 10054, 10061, 10064, 10065, 10112, 11003],
  503: [8, 10024, 10050, 10055, 10059, 10067, 10068, 10069, 10091, 11002, 11010],
  504: [258, 10060],
};

// biome-ignore format: one row a status
const REFUSED: Readonly<Record<number, readonly string[]>> = {
  400: ['bad-request', 'bad-host', 'invalid-request', 'malformed-json', 'validation'],
  401: ['unauthorized'],
  403: ['origin-denied', 'destination-denied', 'option-denied', 'socket-denied'],
  404: ['not-found', 'unknown-method'],
  405: ['method-not-allowed'],
  408: ['request-timeout'],
  409: ['key-under-way', 'in-use'],
  410: ['session-ended', 'lease-expired', 'earlier-run'],
  413: ['too-large'],
  414: ['uri-too-long'],
  415: ['unsupported-media-type'],
  417: ['expectation-failed'],
  421: ['misdirected'],
  422: ['key-reused'],
  426: ['upgrade-required'],
  429: ['quota'],
  431: ['header-too-large'],
  500: ['internal', 'wsa-unknown'],
  501: ['not-implemented'],
  503: ['overloaded', 'draining'],
  504: ['wait-limit'],
  505: ['http-version'],
};

/** The status of each code or refusal, from the lists by status. */
const statuses = <T>(table: Readonly<Record<number, readonly T[]>>): ReadonlyMap<T, number> =>
  new Map(Object.entries(table).flatMap(([status, all]) => all.map((one) => [one, Number(status)] as const)));

test('every code that can be a problem has the documented status', () => {
  const names = WSA_NAMES.filter(canBeProblem);
  const found = new Map(names.map((name) => [WSA_ERRORS[name].code, statusOfCode(name)]));
  assert.deepEqual(found, statuses(CODES));
});

test('every refusal has the documented status', () => {
  // Object.keys gives string[]; the keys of the table are exactly RefusalName.
  const names = Object.keys(REFUSALS) as RefusalName[];
  const found = new Map<string, number>(names.map((name) => [name, statusOfRefusal(name)]));
  assert.deepEqual(found, statuses(REFUSED));
});

test('only the code of an unknown id has two statuses: never issued, or gone', () => {
  for (const name of WSA_NAMES) {
    const both = name === 'WSAENOTSOCK' ? [404, 410] : [statusOfCode(name)];
    assert.deepEqual(statusesOfCode(name), both, name);
  }
});
