import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { CHECKOUT } from './checkout.js';
import { type Stage, stagesOfDockerfile } from './dockerfile.js';

const stages = stagesOfDockerfile();

const stage = (name: string): Stage => {
  const found = stages.find((one) => one.name === name);
  assert.ok(found, `there is a stage ${name}`);
  return found;
};

const steps = (keyword: string, of: readonly Stage[] = stages) =>
  of.flatMap((one) => one.steps).filter((step) => step.keyword === keyword);

describe('Dockerfile.windows', () => {
  it('builds in one image and runs in a smaller one', () => {
    assert.deepEqual(
      stages.map(({ name, base }) => [name, base.replace(/:.*/, '')]),
      [
        ['build', 'mcr.microsoft.com/windows/servercore'],
        ['production', 'build'],
        ['runtime', 'mcr.microsoft.com/windows/nanoserver'],
      ],
    );
  });

  it('copies only files of the checkout that .dockerignore does not exclude', () => {
    const allowed = readFileSync(join(CHECKOUT, '.dockerignore'), 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1));
    const sources = steps('COPY')
      .filter(({ flags }) => flags.length === 0)
      .flatMap(({ args }) => args.slice(0, -1));
    assert.ok(sources.length > 5);
    for (const source of sources) {
      assert.ok(existsSync(join(CHECKOUT, source)), `${source} exists`);
      assert.ok(
        allowed.some((path) => source === path || source.startsWith(`${path}/`)),
        `${source} is sent to the builder`,
      );
    }
  });

  it('copies from stages that exist', () => {
    const origins = steps('COPY').flatMap(({ flags }) => flags.map((flag) => flag.replace('--from=', '')));
    assert.deepEqual(origins, ['build', 'production', 'build']);
    for (const origin of origins) stage(origin);
  });

  it('pins Node exactly and compares its SHA-256', () => {
    const versions = steps('ARG').filter(({ args }) => args[0]?.startsWith('NODE_VERSION'));
    assert.match(versions[0]?.args[0] ?? '', /^NODE_VERSION=24\.\d+\.\d+$/);
    const download = steps('RUN')[0]?.args.join(' ') ?? '';
    assert.match(download, /Get-FileHash -Algorithm SHA256/);
    assert.match(download, /if \(\$actual -ne \$expected\) \{ throw /);
  });

  it('runs with production packages, including optional ones', () => {
    const installs = (of: Stage) =>
      steps('RUN', [of])
        .map(({ args }) => args.join(' '))
        .filter((command) => command.startsWith('npm '));
    assert.match(installs(stage('production')).join('\n'), /^npm ci .*$/);
    const everything = stages.flatMap(installs).join('\n');
    assert.doesNotMatch(everything, /omit[= ]optional|no-optional/);
    assert.doesNotMatch(everything, /npm (install|i) /);
  });

  it('runs as a user without administrator rights', () => {
    assert.deepEqual(
      steps('USER', [stage('runtime')]).map(({ args }) => args),
      [['ContainerUser']],
    );
  });

  it('checks its health with node.exe', () => {
    assert.deepEqual(
      steps('HEALTHCHECK', [stage('runtime')]).map(({ exec }) => exec),
      [['node.exe', 'health.mjs']],
    );
    assert.match(readFileSync(join(CHECKOUT, 'scripts/container/health.mjs'), 'utf8'), /'\/health\/live'/);
  });

  it('starts node.exe directly, without npm, shell or script', () => {
    assert.deepEqual(
      steps('CMD').map(({ exec }) => exec),
      [['node.exe', 'dist\\src\\main.js']],
    );
    assert.deepEqual(steps('ENTRYPOINT'), []);
  });

  it('uses only variables of the configuration', async () => {
    const { VARIABLES } = await import('../../src/config/sources.js');
    const known = new Set([...VARIABLES.map(({ name }) => name), 'WINSOCKD_TOKEN']);
    const texts = ['Dockerfile.windows', 'scripts/container/health.mjs'].map((path) =>
      readFileSync(join(CHECKOUT, path), 'utf8'),
    );
    const named = texts.join('\n').match(/WINSOCKD_[A-Z_]+/g) ?? [];
    assert.deepEqual([...new Set(named)].filter((name) => !known.has(name)).sort(), []);
  });
});
