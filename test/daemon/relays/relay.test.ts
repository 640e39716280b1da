/** The state of a relay, without what runs it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isRefusal } from '../../../src/daemon/answers/answer.js';
import { ENDED_PAIRS, type RelaySettings } from '../../../src/daemon/relays/relay.js';
import { labDaemon } from '../../operations/lab-daemon.js';

const begun = async (maxConnections = 3) => {
  const lab = labDaemon({ limits: { socketsPerOwner: 1000 } });
  const { value, daemon } = lab;
  daemon.relays.run = () => {};
  const { sessionId } = await value('startup', {});
  const socket = async () => {
    const { socketId } = await value('socket', { sessionId, family: 'AF_INET' });
    const found = daemon.sockets.find(String(socketId));
    assert.ok(found);
    return found;
  };
  const listener = await socket();
  const { catalogEntryId } = listener.entry;
  const upstream = { family: 'AF_INET', address: '127.0.0.1', port: 7 } as const;
  const settings: RelaySettings = {
    upstream,
    catalogEntryId,
    provider: 'lab',
    maxConnections,
    connectTimeoutMs: 1,
    captureBytes: 5,
  };
  const begin = () => daemon.relays.begin(listener, settings, () => []);
  const begun = begin();
  assert.ok(begun.ok);
  const { value: relay } = begun;
  return { ...lab, session: listener.session, listener, socket, relay, begin };
};

test('a relay holds its listener until it ends', async () => {
  const { relay, begin, daemon, session } = await begun();
  const second = begin();
  assert.ok(!second.ok && isRefusal(second) && second.refusal === 'in-use');
  assert.match(String(second.detail), /belongs to a relay until/);
  relay.end('finish');
  assert.equal(relay.state, 'ended');
  assert.deepEqual(daemon.relays.of(session), []);
  assert.ok(begin().ok);
});

test('sockets of a pair know their place and capture; those of a pair that has ended end at once', async () => {
  const { relay, socket, daemon } = await begun();
  const [client, upstream] = [await socket(), await socket()];
  const pair = relay.openPair(client);
  assert.deepEqual(client.relay, { relayId: relay.id, end: 'client', pair: 1 });
  assert.equal(client.journal.captureBytes, 5);
  relay.resetPair(pair, { ok: false, code: 10054, call: 'WSASend' });
  relay.join(pair, 'upstream', upstream);
  assert.deepEqual([client.ending !== undefined, upstream.ending !== undefined], [true, true]);
  assert.deepEqual(pair.sockets.length, 0);
  const tombstone = daemon.sockets.tombstone('alice', client.id);
  assert.equal(tombstone?.reason, 'relay-reset');
});

test('the end of the listener ends the relay', async () => {
  const { relay, listener, socket, daemon } = await begun();
  const client = await socket();
  relay.openPair(client);
  daemon.sockets.end(listener, 'closed');
  assert.deepEqual([relay.state, client.ending !== undefined], ['ended', true]);
});

test('the newest of the ended pairs are remembered', async () => {
  const { relay, socket } = await begun();
  for (let number = 1; number <= ENDED_PAIRS + 5; number++) {
    relay.resetPair(relay.openPair(await socket()));
  }
  assert.deepEqual([relay.ended.length, relay.ended[0]?.number], [ENDED_PAIRS, 6]);
});

const step = fc.constantFrom('open', 'close', 'reset', 'pause', 'goOn', 'finish', 'end');

test('whatever happens: it accepts only while it may, and ends once, when no pair is left', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const { relay, socket, daemon, session } = await begun();
      let open = 0;
      for (const one of steps) {
        const wasLive = relay.isLive;
        const [first] = relay.open;
        if (one === 'open' && relay.isAccepting) {
          relay.openPair(await socket());
          open++;
        } else if ((one === 'close' || one === 'reset') && first) {
          if (one === 'close') relay.closePair(first);
          else relay.resetPair(first);
          // Only the first end of a pair counts.
          relay.closePair(first);
          open--;
        } else if (one === 'pause' || one === 'goOn') relay.pause(one === 'pause');
        else if (one === 'finish') relay.end('finish');
        else if (one === 'end') {
          relay.end('reset');
          open = 0;
        }
        assert.equal(relay.open.length, open);
        assert.ok(open <= 3);
        assert.equal(relay.isAccepting, relay.state === 'running' && open < 3);
        if (!wasLive) assert.equal(relay.isLive, false, 'it never begins again');
        if (!relay.isLive) assert.equal(relay.state, open === 0 ? 'ended' : 'finishing');
        assert.equal(daemon.relays.of(session).length, relay.state === 'ended' ? 0 : 1);
      }
      const { events } = daemon.events.after('alice', 0, 1000);
      const ends = events.filter(
        ({ body }) => body.kind === 'relay' && body.pair === undefined && body.change === 'ended',
      );
      assert.equal(ends.length, relay.state === 'ended' ? 1 : 0);
    }),
    { numRuns: 100 },
  );
});
