import { inspect } from 'node:util';

/** A reporter of node:test that writes the events for results.mjs, one JSON object per line. */
export default async function* events(source) {
  for await (const { type, data } of source) {
    if (!['test:start', 'test:pass', 'test:fail'].includes(type)) continue;
    const { name, nesting, file, skip, todo, details } = data;
    const error = details?.error && inspect(details.error.cause ?? details.error);
    const failure = details?.error?.failureType;
    yield `${JSON.stringify({ type, name, nesting, file, skip, todo, kind: details?.type, failure, error })}\n`;
  }
}
