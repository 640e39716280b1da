/** What a reader of events holds while it reads: the lease of the session that it names. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { type EventRequest, readEvents } from '../../../src/http/events/event-reader.js';
import { type EventFeed, type Follower, NO_EVENTS } from '../../../src/operations/journal/event-feed.js';

/** A feed of no events that says who follows it and whose lease is held. */
const setUp = (more: Partial<EventFeed> = {}) => {
  const followers = new Set<Follower>();
  const held: string[] = [];
  let isEnded = false;
  const events: EventFeed = {
    ...NO_EVENTS,
    follow: (_owner, follower) => {
      followers.add(follower);
      return () => void followers.delete(follower);
    },
    holdLease: (sessionId) => {
      held.push(sessionId);
      return () => void held.splice(held.indexOf(sessionId), 1);
    },
    ...more,
  };
  const read = (filter: EventRequest['filter'], resume: EventRequest['resume'] = {}) => {
    const client = { gone: false, onGone: () => undefined };
    const request = { owner: 'alice', requestId: 'req-1', client, filter, resume };
    const { sessionId } = filter;
    return readEvents(request, sessionId === undefined ? [] : [{ sessionId }], events, {
      event: () => undefined,
      gap: () => undefined,
      end: () => {
        isEnded = true;
      },
      hasRoom: true,
      whenRoom: () => undefined,
    });
  };
  return { read, followers, held, hasEnded: () => isEnded };
};

test('the lease of the session is held until the reader stops, and released once', () => {
  const { read, followers, held, hasEnded } = setUp();
  const [stop, stopOther] = [read({ sessionId: 'ses_1' }), read({ sessionId: 'ses_1' })];
  assert.deepEqual(held, ['ses_1', 'ses_1']);
  stop();
  stop();
  assert.deepEqual([held, followers.size], [['ses_1'], 1]);
  stopOther();
  assert.deepEqual([held, followers.size, hasEnded()], [[], 0, false]);
});

test('it is released when the session, or the daemon, has ended', () => {
  for (const end of [
    ({ onCompleted }: Follower) => onCompleted({ sessionId: 'ses_1' }),
    ({ onEnd }: Follower) => onEnd(),
  ]) {
    const { read, followers, held, hasEnded } = setUp();
    const stop = read({ sessionId: 'ses_1' });
    for (const one of followers) one.onCompleted({ sessionId: 'ses_2' });
    assert.deepEqual([held, hasEnded()], [['ses_1'], false]);
    for (const one of [...followers]) end(one);
    assert.deepEqual([held, followers.size, hasEnded()], [[], 0, true]);
    stop();
    assert.deepEqual(held, []);
  }
});

test('a reader of a session that has ended meanwhile holds nothing', () => {
  for (const resume of [{}, { after: 0 }]) {
    const { read, followers, held, hasEnded } = setUp({ lives: () => false });
    read({ sessionId: 'ses_1' }, resume);
    assert.deepEqual([held, followers.size, hasEnded()], [[], 0, true]);
  }
});

test('a reader that names no session, or only a socket, holds no lease', () => {
  for (const filter of [{}, { socketId: 'sck_1' }]) {
    const { read, held, followers } = setUp();
    read(filter);
    assert.deepEqual([held, followers.size], [[], 1]);
  }
});
