import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { CHECKOUT, noLinks, removeFolder, runScript, script, workingCopy } from './checkout.js';

const RULES = ['.dependency-cruiser.cjs', 'scripts/lint/rooms.cjs', 'package.json'];

/** Files that break a rule. All are planted together, because one check of a tree takes a second. */
const VIOLATIONS: readonly { readonly rule: string; readonly path: string; readonly text: string }[] = [
  { rule: 'winsock-imports-nothing', path: 'src/winsock/a.ts', text: "import '../providers/provider.js';" },
  {
    rule: 'port-knows-only-winsock',
    path: 'src/providers/provider.ts',
    text: "import '../daemon/ids/ids.js';",
  },
  { rule: 'adapters-stay-apart', path: 'src/providers/lab/a.ts', text: "import '../posix/errno.js';" },
  { rule: 'adapters-stay-apart', path: 'src/providers/native/a.ts', text: "import '../posix/errno.js';" },
  {
    rule: 'native-is-of-native-adapters',
    path: 'src/providers/lab/c.ts',
    text: "import '../native/native-provider.js';",
  },
  {
    rule: 'adapters-see-only-the-port',
    path: 'src/providers/posix/a.ts',
    text: "import type { Session } from '../../daemon/sessions/session.js';\nexport type A = Session;",
  },
  { rule: 'daemon-sees-only-the-port', path: 'src/daemon/a.ts', text: "import '../providers/lab/clock.js';" },
  { rule: 'operations-see-the-daemon', path: 'src/operations/a.ts', text: "import '../http/server.js';" },
  { rule: 'http-sees-operations', path: 'src/http/a.ts', text: "import '../daemon/sessions/session.js';" },
  { rule: 'main-routes-nothing', path: 'src/main.ts', text: "import './http/server.js';" },
  { rule: 'config-knows-no-daemon', path: 'src/config/a.ts', text: "import '../daemon/daemon.js';" },
  { rule: 'process-knows-no-daemon', path: 'src/process/a.ts', text: "import '../http/server.js';" },
  { rule: 'koffi-by-one-file', path: 'src/http/c.ts', text: "import 'koffi';" },
  { rule: 'koffi-by-one-file', path: 'src/providers/lab/b.ts', text: "import 'koffi';" },
  { rule: 'koffi-by-one-file', path: 'src/providers/ws2_32/b.ts', text: "import 'koffi';" },
  { rule: 'http-at-the-edge', path: 'src/operations/b.ts', text: "import 'fastify';" },
  { rule: 'http-at-the-edge', path: 'src/daemon/b.ts', text: "import '@fastify/swagger';" },
  { rule: 'http-at-the-edge', path: 'src/winsock/b.ts', text: "import 'node:http';" },
  { rule: 'http-at-the-edge', path: 'src/providers/posix/b.ts', text: "import 'http2';" },
  {
    rule: 'http-at-the-edge',
    path: 'src/daemon/ids/b.ts',
    text: "import type { Server } from 'node:https';\nexport type B = Server;",
  },
  { rule: 'rooms-in-order', path: 'src/daemon/ids/a.ts', text: "import '../sockets/socket.js';" },
  { rule: 'rooms-in-order', path: 'src/daemon/journal/a.ts', text: "import '../socket-table.js';" },
  {
    rule: 'rooms-in-order',
    path: 'src/operations/schemas/a.ts',
    text: "import type { recv } from '../transfer/recv.js';\nexport type A = typeof recv;",
  },
  { rule: 'rooms-in-order', path: 'src/http/gates/a.ts', text: "import '../rest/rest.js';" },
  { rule: 'rooms-in-order', path: 'src/http/export/pcapng/a.ts', text: "import '../replay/step.js';" },
  { rule: 'rooms-in-order', path: 'src/daemon/ids/g.ts', text: "export * from '../sessions/session.js';" },
  {
    rule: 'rooms-in-order',
    path: 'src/daemon/ids/h.ts',
    text: "export const h = import('../socket-table.js');",
  },
  {
    rule: 'rooms-in-order',
    path: 'src/daemon/ids/i.ts',
    text: "export type I = import('../sockets/socket.js').Socket;",
  },
  { rule: 'rooms-in-order', path: 'src/config/b.ts', text: "import '../process/log.js';" },
  { rule: 'no-cycles', path: 'src/daemon/ids/c.ts', text: "import './d.js';" },
  {
    rule: 'no-cycles',
    path: 'src/daemon/ids/e.ts',
    text: "import type { F } from './f.js';\nexport type E = F;",
  },
  { rule: 'installed-with-the-daemon', path: 'src/http/d.ts', text: "import 'supertest';" },
  { rule: 'no-programs', path: 'src/process/b.ts', text: "import 'node:child_process';" },
  { rule: 'no-programs', path: 'src/providers/posix/c.ts', text: "import 'child_process';" },
  { rule: 'source-without-tests', path: 'src/http/e.ts', text: "import '../../test/a.js';" },
  { rule: 'resolvable', path: 'src/http/f.ts', text: "import './nowhere.js';" },
];

/** Places that rooms.cjs does not name; their files have no imports and are not imported. */
const UNLISTED = ['src/attic/', 'src/operations/attic/', 'src/daemon/beside.ts', 'src/providers/beside.ts'];

/** The files that they import. */
const IMPORTED: Readonly<Record<string, string>> = {
  'src/daemon/ids/d.ts': "import './c.js';",
  'src/daemon/ids/f.ts': "import type { E } from './e.js';\nexport type F = E;",
  'test/a.ts': '',
};

const plant = (folder: string, path: string, text: string): void => {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
};

/** The paths of all sources. */
const sources = (): readonly string[] =>
  readdirSync(join(CHECKOUT, 'src'), { encoding: 'utf8', recursive: true })
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => `src/${name}`);

describe('the architecture check', () => {
  it('finds the sources in order', () => {
    const { status, output } = runScript('lint/architecture.mjs');
    assert.equal(status, 0, output);
  });

  it('uses the order of rooms in CONTRIBUTING.md', async () => {
    const { ROOMS } = await script<{ ROOMS: Record<string, string[]> }>('lint/rooms.cjs');
    const text = readFileSync(join(CHECKOUT, 'CONTRIBUTING.md'), 'utf8');
    for (const layer of ['src/http', 'src/operations', 'src/daemon']) {
      const [, section = ''] = text.split(`\n\`${layer}/\`, `);
      const [table = ''] = section.split('\n\n').slice(1);
      const rows = table.split('\n').slice(2);
      const names = rows.flatMap((row) =>
        [...(row.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map((m) => m[1]),
      );
      assert.deepEqual(names, ROOMS[layer], layer);
    }
  });

  it('fails when it has seen no sources', { skip: noLinks }, (t) => {
    const folder = workingCopy(RULES);
    t.after(() => removeFolder(folder));
    mkdirSync(join(folder, 'src'));
    const { status, output } = runScript('lint/architecture.mjs', folder);
    assert.equal(status, 1, output);
    assert.match(output, /^modules-seen: 0 modules/m);
  });

  // All sources are there, but empty: a rule goes by the paths, and to parse the texts takes the most time.
  describe('in a tree with violations', { skip: noLinks }, () => {
    let folder: string;
    let found: ReturnType<typeof runScript>;
    after(() => removeFolder(folder));
    before(() => {
      folder = workingCopy(RULES);
      for (const path of sources()) plant(folder, path, '');
      for (const { path, text } of VIOLATIONS) plant(folder, path, text);
      for (const [path, text] of Object.entries(IMPORTED)) plant(folder, path, text);
      for (const path of UNLISTED) plant(folder, path.replace(/\/$/, '/a.ts'), 'export {};');
      found = runScript('lint/architecture.mjs', folder);
    });

    it('fails', () => assert.equal(found.status, 1, found.output));

    for (const path of UNLISTED) {
      it(`names rooms-are-listed for ${path}`, () => {
        assert.match(found.output, new RegExp(`^rooms-are-listed: .* ${path}$`, 'm'));
      });
    }

    for (const { rule, path, text } of VIOLATIONS) {
      it(`names ${rule} for ${path}: ${text.split('\n')[0]}`, () => {
        const lines = found.output.split('\n');
        assert.ok(
          lines.some((line) => line.startsWith(`${rule}: ${path} -> `)),
          found.output,
        );
      });
    }
  });
});
