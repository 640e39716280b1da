import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { runNode, scriptOf } from '../ensure/tool.mjs';

/**
 * The checks of lint, in order. Each is a program that prints what is wrong and exits with an error.
 *
 * @param {string} checkout
 * @returns {{ name: string, argv: string[], advice?: string }[]} advice: what to do when it fails
 */
export function lintChecks(checkout) {
  const own = (name) => [join(checkout, 'scripts', 'lint', name)];
  const checks = [
    {
      name: 'biome',
      advice: 'see above; npm run format repairs what is only format',
      argv: [
        scriptOf(checkout, '@biomejs/biome', 'biome'),
        'ci',
        ...(process.stdout.isTTY ? [] : ['--colors=off']),
        '--diagnostic-level=warn',
        '--error-on-warnings',
        '.',
      ],
    },
    {
      name: 'console types',
      argv: [scriptOf(checkout, 'typescript', 'tsc'), '-p', join('src', 'console')],
    },
    { name: 'architecture', argv: own('architecture.mjs') },
    { name: 'http-words', argv: own('http-words.mjs') },
    { name: 'lock-file', argv: own('lock-file.mjs') },
  ];
  const openapi = join('openapi', 'openapi.json');
  if (existsSync(join(checkout, openapi))) {
    checks.push({ name: 'redocly', argv: [scriptOf(checkout, '@redocly/cli', 'redocly'), 'lint', openapi] });
  }
  return checks;
}

/**
 * @param {string} checkout
 * @param {{ argv: string[] }} check
 * @returns {Promise<boolean>} whether it passes
 */
export async function passes(checkout, { argv }) {
  const env = { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' };
  return (await runNode(argv, { cwd: checkout, env })) === 0;
}
