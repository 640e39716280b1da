import assert from 'node:assert/strict';
import test from 'node:test';
import { CHAPTERS, OPERATIONS } from '../../../src/operations/list.js';
import { currentOpenRpc } from '../../../src/write-openapi.js';
import { build } from '../build.js';
import type { Body } from '../client.js';

const document = JSON.parse(currentOpenRpc());

const served = async (t: Parameters<typeof build>[0]) => {
  const { api } = await build(t, { chapters: CHAPTERS, operations: OPERATIONS });
  return api.as(undefined);
};

test('/openrpc.json is the OpenRPC document, without a token', async (t) => {
  const api = await served(t);
  const answer = await api.get('/openrpc.json');
  assert.match(String(answer.headers['content-type']), /^application\/json/);
  assert.deepEqual({ ...answer.body, info: document.info }, document);
});

/** The part of the page about one method or schema. */
const sectionOf = (page: string, id: string): string =>
  new RegExp(`<section id="${id}">.*?</section>`, 's').exec(page)?.[0] ?? '';

test('/docs/rpc has every method, its parameters, result and errors, without a script', async (t) => {
  const answer = await (await served(t)).get('/docs/rpc');
  const page: string = answer.body;
  assert.match(String(answer.headers['content-security-policy']), /^default-src 'none'; style-src/);
  assert.doesNotMatch(page, /<script| on\w+=/);
  const contents = page.slice(0, page.indexOf('<section'));
  for (const { name, summary, params, result, errors } of document.methods) {
    assert.match(contents, new RegExp(`<a href="#${name}">${name}</a>`));
    const section = sectionOf(page, name);
    assert.ok(section.includes(summary.replaceAll('"', '&quot;')), name);
    for (const one of params) {
      const cell = one.required ? 'required' : '';
      assert.ok(
        section.includes(`<tr><td><code>${one.name}</code></td><td>${cell}</td>`),
        `${name} ${one.name}`,
      );
    }
    assert.ok(section.includes(`Result: <a href="#${result.schema.$ref.split('/').at(-1)}">`), name);
    const codes = errors.map(({ $ref }: Body) => $ref.split('/').at(-1));
    for (const one of codes) {
      const { code } = document.components.errors[one];
      const shown =
        one === 'refused' ? `${code} refused by the daemon` : `${code} <a href="/problems/${one}">`;
      assert.ok(section.includes(shown), `${name} ${one}`);
    }
  }
});

test('every link of /docs/rpc leads to a section of it, or to a page that is served', async (t) => {
  const api = await served(t);
  const text: string = (await api.get('/docs/rpc')).body;
  const links = new Set([...text.matchAll(/ href="([^"]+)"/g)].map(([, to = '']) => to));
  assert.ok(links.size > 200, String(links.size));
  for (const to of links) {
    if (to.startsWith('#')) assert.notEqual(sectionOf(text, to.slice(1)), '', to);
    else if (to.startsWith('/')) assert.equal((await api.get(to)).status, 200, to);
    else assert.match(to, /^https:\/\/learn\.microsoft\.com\//);
  }
});

test('the document of REST leads to the methods', async (t) => {
  const { info } = await (await served(t)).ok.get('/openapi.json');
  for (const link of ['](/docs/rpc)', '](/openrpc.json)']) assert.ok(info.description.includes(link), link);
});
