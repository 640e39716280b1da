/**
 * Compares the answers of the daemons in a run with openapi/openapi.json: a code that the document does not
 * state fails the run.
 *
 * @typedef {{ operation: string, status: number, name: string }} Answered name: the code or the refusal,
 *   empty for a success
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * An unseen code of more operations than this is printed with their number instead of their names: refusals
 * that any request can get are tested with only a few operations.
 */
const MOST_NAMED = 8;

const VERBS = ['get', 'put', 'post', 'delete'];

/**
 * Makes the folder for the files of record-answers.mjs.
 *
 * @param {string} checkout built already
 * @param {string} folder emptied first
 * @returns {Promise<{ folder: string, hook: string }>} hook: the module that Node imports
 */
export async function startRecording(checkout, folder) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'routes.json'), JSON.stringify(await routesOf(checkout)));
  return { folder, hook: join(checkout, 'scripts', 'test', 'record-answers.mjs') };
}

/** The environment variables that make a Node and its child processes record. */
export function recordingEnv({ folder, hook }, { NODE_OPTIONS = '' } = process.env) {
  return {
    TEST_ANSWERS: folder,
    NODE_OPTIONS: `${NODE_OPTIONS} --import=${pathToFileURL(hook).href}`.trim(),
  };
}

/** @returns {Answered[]} the answers of all processes, each once */
export function recordedIn(folder) {
  const lines = readdirSync(folder)
    .filter((name) => name.endsWith('.answers'))
    .flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n'));
  return [...new Set(lines)].filter(Boolean).map((line) => {
    const [operation, status, name = ''] = line.split(' ');
    return { operation, status: Number(status), name };
  });
}

/** @returns {Answered[]} the answers that the document states */
export function statedAnswers(checkout) {
  const document = documentOf(checkout);
  return documentedOperations(checkout).flatMap(({ described }) =>
    answersOf(described, document).map((answer) => ({ operation: described.operationId, ...answer })),
  );
}

/**
 * @param {Answered[]} stated
 * @param {Answered[]} seen
 * @returns {{ absent: Answered[], unseen: Answered[] }} absent: seen and not stated. unseen: stated and not
 *   seen
 */
export function compareAnswers(stated, seen) {
  const without = (some, others) => {
    const known = new Set(others.map(textOf));
    return some.filter((one) => !known.has(textOf(one)));
  };
  // Routes other than Winsock operations (health, events, files of journals) state no codes; they permit any
  // problem.
  const withCodes = new Set(stated.filter(({ name }) => name).map(({ operation }) => operation));
  const isJudged = ({ operation, name }) => name === '' || withCodes.has(operation);
  return { absent: without(seen, stated).filter(isJudged), unseen: without(stated, seen) };
}

/** @returns {import('./results.mjs').Result} whether every answer is stated */
export function answersResult(platform, absent) {
  const result = { suite: 'answers', platform, name: 'every answer is one that openapi/openapi.json states' };
  if (absent.length === 0) return { ...result, outcome: 'passed' };
  return { ...result, outcome: 'failed', reason: `not stated: ${absent.map(textOf).sort().join('; ')}` };
}

/** @returns {string[]} a line for each code that no test has seen, with its operations or their number */
export function unseenLines(unseen, stated) {
  const codes = [...new Set(unseen.map(codeOf))].sort();
  return codes.map((code) => {
    const those = ({ operation, ...answer }) => (codeOf(answer) === code ? [operation] : []);
    const of = unseen.flatMap(those);
    const all = stated.flatMap(those).length;
    const isMany = of.length === all || of.length > MOST_NAMED;
    return `${code}: ${isMany ? `${of.length} of ${all}` : of.join(' ')}`;
  });
}

/** The answers of one operation: those that it and its parameters state, and those that any request can get. */
function answersOf(operation, document) {
  const { responses, parameters = [], 'x-winsock-errors': own } = operation;
  const successes = Object.keys(responses)
    .filter((status) => status < 400)
    .map((status) => ({ status: Number(status), name: '' }));
  if (own === undefined) return successes;
  const shared = parameters.map(({ $ref }) => document.components.parameters[$ref?.split('/').at(-1)]);
  const stated = [operation, ...shared].flatMap(problemsOf);
  return [...successes, ...stated, ...(stated.length > 0 ? problemsOf(document) : [])];
}

/** The problems that an operation, a parameter or the document states. */
function problemsOf(of) {
  return Object.entries(of?.['x-winsock-errors'] ?? {}).flatMap(([status, names]) =>
    names.map((name) => ({ status: Number(status), name })),
  );
}

async function routesOf(checkout) {
  const built = (path) => import(pathToFileURL(join(checkout, 'dist', 'src', path)).href);
  const { OPERATIONS } = await built('operations/list.js');
  const { aliasRoutesOf } = await built('http/rest/rest-route.js');
  const aliases = OPERATIONS.flatMap((op) =>
    aliasRoutesOf(op).map(({ method, path }) => ({ operation: op.name, method, path })),
  );
  const documented = documentedOperations(checkout).map(({ method, path, described }) => ({
    operation: described.operationId,
    method,
    path,
  }));
  return [...documented, ...aliases].map(({ path, ...route }) => ({
    ...route,
    pattern: `^${path.replace(/\{\w+\}/g, '[^/]+')}$`,
  }));
}

function documentedOperations(checkout) {
  return Object.entries(documentOf(checkout).paths).flatMap(([path, item]) =>
    VERBS.filter((verb) => item[verb]).map((verb) => ({
      method: verb.toUpperCase(),
      path,
      described: item[verb],
    })),
  );
}

const documentOf = (checkout) => JSON.parse(readFileSync(join(checkout, 'openapi', 'openapi.json'), 'utf8'));

const codeOf = ({ status, name }) => `${status} ${name}`.trim();
const textOf = (answer) => `${answer.operation} ${codeOf(answer)}`;
