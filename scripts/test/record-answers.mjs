/**
 * Records the answers of daemons for scripts/test/answers.mjs. `node --import` loads it into the tests of a
 * run and the programs that they start. Each distinct answer is a line in a file of the process.
 */
import { subscribe } from 'node:diagnostics_channel';
import { openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const folder = process.env.TEST_ANSWERS;
const noted = new Set();
let routes;
let file;

if (folder) {
  // Opened early, because a test may count the descriptors of its process, or use all of them.
  file = openSync(join(folder, `${process.pid}.answers`), 'a');
  subscribe('http.server.request.start', watch);
}

/** The first chunk of an answer is enough: a problem document is a single chunk. */
function watch({ request, response, server }) {
  const operation = operationOf(request);
  if (operation === undefined) return;
  let isNoted = false;
  let fields = {};
  const { writeHead } = response;
  response.writeHead = function keeping(status, ...rest) {
    fields = Object(rest.at(-1));
    return writeHead.call(this, status, ...rest);
  };
  for (const method of ['write', 'end']) {
    const original = response[method];
    response[method] = function noting(chunk, ...rest) {
      const { answersAreInvented: isInvented = false } = server;
      if (!isNoted)
        record(operation, { status: response.statusCode, fields, text: String(chunk), isInvented });
      isNoted = true;
      return original.call(this, chunk, ...rest);
    };
  }
}

function operationOf({ method, url }) {
  const [path] = url.split('?', 1);
  if (!path.startsWith('/')) return undefined;
  routes ??= JSON.parse(readFileSync(join(folder, 'routes.json'), 'utf8')).map((route) => ({
    ...route,
    pattern: new RegExp(route.pattern),
  }));
  return routes.find((route) => route.method === method && route.pattern.test(path))?.operation;
}

/**
 * @param {string} operation
 * @param {object} answer
 * @param {number} answer.status
 * @param {Record<string, unknown>} answer.fields its header fields, with names in lower case
 * @param {string} answer.text the beginning of its body
 * @param {boolean} answer.isInvented whether the operations are fakes, so that only refusals of the gates
 *   are real
 */
function record(operation, { status, fields, text, isInvented }) {
  // Skips fakes of the daemon, and answers with a fault, which may have any code.
  if (fields['x-request-id'] === undefined || fields['winsockd-fault'] !== undefined) return;
  // An encoded text cannot be read here; requests without an encoding get the same answer.
  if (fields['content-encoding'] !== undefined && status >= 400) return;
  if (isInvented && (status < 400 || text.includes('"operation":"'))) return;
  const name = status < 400 ? '' : (/"type":"\/problems\/([\w-]+)"/.exec(text)?.[1] ?? 'no-problem-document');
  const line = `${operation} ${status} ${name}`.trim();
  if (noted.has(line)) return;
  noted.add(line);
  writeSync(file, `${line}\n`);
}
