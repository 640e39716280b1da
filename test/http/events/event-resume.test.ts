/** Where a stream of events goes on: after the event that its reader had last. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type EventFeed, NO_EVENTS } from '../../../src/operations/journal/event-feed.js';
import { build, TOKEN } from '../build.js';

/** A feed whose events 1 to `newest` are all forgotten, in part or not. */
const forgotten = (newest: number, kept: number): EventFeed => ({
  ...NO_EVENTS,
  maxBytes: 1 << 20,
  newest: () => newest,
  after: (_owner, from) => ({
    lost: Math.max(0, newest - kept - from),
    events: Array.from({ length: Math.min(kept, newest - from) }, (_, i) => ({
      number: newest - Math.min(kept, newest - from) + 1 + i,
      sessionId: 'ses_1',
      socketId: 'sck_1',
      otherSocketId: undefined,
      body: { kind: 'state' as const, from: 'fresh' as const, to: 'bound' as const },
    })),
  }),
});

/** The blocks of a stream up to one that has this text. */
const upTo = async (url: string, lastEventId: string, until: string): Promise<string[]> => {
  const end = new AbortController();
  const response = await fetch(`${url}/v1/events`, {
    headers: { authorization: `Bearer ${TOKEN}`, 'last-event-id': lastEventId },
    signal: end.signal,
  });
  assert.equal(response.status, 200);
  assert.ok(response.body);
  const decoder = new TextDecoder();
  let text = '';
  for await (const part of response.body) {
    text += decoder.decode(part, { stream: true });
    if (text.includes(until)) break;
  }
  end.abort();
  return text.split('\n\n').filter((block) => block !== '' && !block.startsWith(':'));
};

test('who has had the newest event may come back, and one that was never given may not', async (t) => {
  const events = forgotten(7, 7);
  const { url } = await build(t, { events });
  assert.deepEqual(await upTo(url, `${events.run}-7`, 'winsockd events'), []);
  const headers = { authorization: `Bearer ${TOKEN}`, 'last-event-id': `${events.run}-8` };
  const end = new AbortController();
  const refused = await fetch(`${url}/v1/events`, { headers, signal: end.signal });
  end.abort();
  assert.equal(refused.status, 400);
});

test('a gap has the id of the last event that is lost: from there a reader goes on', async (t) => {
  const events = forgotten(7, 2);
  const { url } = await build(t, { events });
  const [gap, ...rest] = await upTo(url, `${events.run}-1`, `id: ${events.run}-7`);
  assert.equal(gap, `event: gap\nid: ${events.run}-5\ndata: {"lost":4}`);
  assert.equal(rest.length, 2);
});
