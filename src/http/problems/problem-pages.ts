import type { FastifyInstance, FastifyReply } from 'fastify';
import { REFUSALS, type RefusalName, refuse } from '../../daemon/answers/refusals.js';
import { canBeProblem, isWsaName, WSA_ERRORS, WSA_NAMES, type WsaName } from '../../winsock/errors.js';
import { CachedPage } from '../cached-page.js';
import { escapeHtml, htmlPage, PAGE_CSP } from '../html-page.js';
import { routeSchema } from '../schemas.js';
import { adviceFor } from './advice.js';
import { typeOf } from './problem.js';
import { sendJson, sendRefusal } from './send-answer.js';
import { statusesOfCode, statusOfRefusal } from './statuses.js';

/** A row of the catalog: one kind of problem. */
interface ProblemKind {
  readonly type: string;
  readonly name: string;
  readonly title: string;
  readonly statuses: readonly number[];
  readonly retryable: boolean;
  readonly code?: number;
  readonly kind?: string;
}

const wsaKind = (name: WsaName): ProblemKind => {
  const { code, kind, retryable, meaning } = WSA_ERRORS[name];
  return { type: typeOf(name), name, title: meaning, statuses: statusesOfCode(name), retryable, code, kind };
};

const refusalKind = (name: RefusalName): ProblemKind => {
  const { retryable, meaning } = REFUSALS[name];
  return { type: typeOf(name), name, title: meaning, statuses: [statusOfRefusal(name)], retryable };
};

/** Every kind of problem: codes and then refusals, in the order of their tables. */
export const PROBLEM_KINDS: readonly ProblemKind[] = [
  ...WSA_NAMES.filter(canBeProblem).map(wsaKind),
  // Object.keys gives string[]; the keys of the table are exactly RefusalName.
  ...(Object.keys(REFUSALS) as RefusalName[]).map(refusalKind),
];

/** The kind with a name; undefined if there is none. */
export const problemKindOf = (name: string): ProblemKind | undefined =>
  PROBLEM_KINDS.find((kind) => kind.name === name);

/** Serves the catalog of problems and a page for each kind, whose path is the `type` of its documents. */
export const registerProblems = (app: FastifyInstance): void => {
  const html = new CachedPage('text/html; charset=utf-8', catalogPage);
  const json = new CachedPage('application/json; charset=utf-8', () =>
    JSON.stringify({ problems: PROBLEM_KINDS }),
  );
  app.get(
    '/problems',
    {
      schema: {
        ...routeSchema('problems', 'listProblems', 'Every kind of problem', 'ProblemCatalog'),
        security: [],
      },
    },
    (request, reply) => {
      if (prefersHtml(request.headers.accept)) html.send(reply.header('content-security-policy', PAGE_CSP));
      else json.send(reply);
    },
  );

  app.get<{ Params: { name: string } }>(
    '/problems/:name',
    {
      schema: {
        ...routeSchema('problems', 'getProblem', 'One kind of problem', 'ProblemKind'),
        security: [],
        params: {
          type: 'object',
          required: ['name'],
          properties: {
            name: {
              type: 'string',
              description: 'The name of a code or of a refusal, such as `validation`.',
              examples: ['WSAENOTCONN'],
            },
          },
        },
      },
    },
    (request, reply) => {
      const kind = problemKindOf(request.params.name);
      if (kind === undefined) {
        sendRefusal(reply, refuse('not-found', 'No problem has this name; see /problems.'));
        return;
      }
      if (prefersHtml(request.headers.accept)) sendPage(reply, kindPage(kind));
      else sendJson(reply, 200, kind);
    },
  );
};

/** Whether the client is a browser: it names text/html, while a program accepts anything, or JSON. */
const prefersHtml = (accept: string | undefined): boolean => {
  if (accept === undefined) return false;
  const html = qualityOf(accept, 'text/html');
  return html > 0 && html >= qualityOf(accept, 'application/json');
};

const qualityOf = (accept: string, type: string): number => {
  for (const range of accept.split(',')) {
    const [name = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    if (name !== type) continue;
    const q = parameters.find((parameter) => parameter.startsWith('q='));
    return q === undefined ? 1 : Number(q.slice(2)) || 0;
  }
  return 0;
};

const sendPage = (reply: FastifyReply, html: string): void => {
  reply
    .header('content-security-policy', PAGE_CSP)
    .header('content-type', 'text/html; charset=utf-8')
    .send(html);
};

const catalogPage = (): string => {
  const rows = PROBLEM_KINDS.map(
    ({ type, name, code, title, statuses }) =>
      `<tr><td><a href="${escapeHtml(type)}">${escapeHtml(name)}</a></td>` +
      `<td>${code ?? ''}</td><td>${statuses.join(', ')}</td><td>${escapeHtml(title)}</td></tr>`,
  );
  return htmlPage(
    'Problems',
    '<h1>Problems</h1><table><tr><th>Name</th><th>Code</th><th>Status</th><th>Meaning</th></tr>' +
      `${rows.join('\n')}</table>`,
  );
};

const kindPage = ({ name, title, code, kind, statuses, retryable }: ProblemKind): string => {
  const advice = isWsaName(name) ? adviceFor(name) : undefined;
  const row = (label: string, value: string | number | undefined): string =>
    value === undefined ? '' : `<tr><th>${label}</th><td>${escapeHtml(String(value))}</td></tr>`;
  return htmlPage(
    name,
    [
      `<h1>${escapeHtml(name)}</h1><p>${escapeHtml(title)}.</p><table>`,
      row('Code', code),
      row('Kind', kind),
      row('HTTP status', statuses.join(' or ')),
      row('Repeating the same call can succeed', retryable ? 'yes' : 'no'),
      row('What to do', advice),
      '</table>\n<p><a href="/problems">All problems</a></p>',
    ].join(''),
  );
};
