import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import type { Handle } from '../../../src/providers/provider.js';
import type { ShutdownHow } from '../../../src/winsock/constants.js';
import { wsaNameOf } from '../../../src/winsock/errors.js';
import type { Outcome } from '../../../src/winsock/outcome.js';
import { Lab, value } from './support.js';

/** What one end has done and seen, known only from its own calls. */
interface End {
  readonly s: Handle;
  /** How many bytes its sends have accepted; byte i of a direction is i modulo 251. */
  sent: number;
  received: number;
  ended: boolean;
  disconnectData: Uint8Array | undefined;
  /** After SD_RECEIVE by any call. */
  refuses: boolean;
  closed: boolean;
}

type Step = { readonly end: 0 | 1 } & (
  | { readonly call: 'send' | 'recv'; readonly size: number }
  | { readonly call: 'shutdown'; readonly how: ShutdownHow }
  | { readonly call: 'sendDisconnect'; readonly data: Uint8Array | undefined }
  | { readonly call: 'recvDisconnect' | 'close' | 'turn' }
);

const byteAt = (index: number): number => index % 251;

class Conversation {
  readonly #lab: Lab;
  readonly #ends: readonly [End, End];
  /** A call has reset the connection; bytes may be lost only after that. */
  #broken = false;

  constructor(lab: Lab) {
    this.#lab = lab;
    const { client, server } = lab.connected();
    const end = (s: Handle): End => ({
      s,
      sent: 0,
      received: 0,
      ended: false,
      disconnectData: undefined,
      refuses: false,
      closed: false,
    });
    this.#ends = [end(client), end(server)];
    for (const { s } of this.#ends) {
      value(lab.provider.setSockOpt(s, 'SO_SNDBUF', 20));
      value(lab.provider.setSockOpt(s, 'SO_RCVBUF', 10));
    }
  }

  run(step: Step): void {
    const near = this.#ends[step.end];
    const far = this.#ends[step.end === 0 ? 1 : 0];
    if (step.call === 'turn') this.#lab.clock.turn();
    else if (near.closed) return;
    else if (step.call === 'send') this.#send(near, far, step.size);
    else if (step.call === 'recv') this.#recv(near, far, step.size);
    else if (step.call === 'shutdown') this.#shutdown(near, far, step.how);
    else if (step.call === 'sendDisconnect') this.#sendDisconnect(near, step.data);
    else if (step.call === 'recvDisconnect') this.#recvDisconnect(near, far);
    else this.#close(near, far);
  }

  /** Reads all remaining bytes, then checks both ends. */
  finish(): void {
    const { clock } = this.#lab;
    clock.settle();
    for (const [near, far] of [this.#ends, [this.#ends[1], this.#ends[0]] as const]) {
      if (near.closed || near.refuses) continue;
      while (this.#recv(near, far, 7) > 0);
      if (this.#broken) continue;
      assert.equal(near.received, far.sent, 'a byte was lost');
      if (far.ended) assert.deepEqual(this.#recvDisconnect(near, far), far.disconnectData);
    }
  }

  #send(near: End, far: End, size: number): void {
    const data = Uint8Array.from({ length: size }, (_, i) => byteAt(near.sent + i));
    const outcome = this.#lab.provider.send(near.s, data, 0);
    if (outcome.ok) {
      assert.ok(!near.ended, 'sent after its end');
      // An end after SD_RECEIVE answers bytes with a reset.
      if (outcome.value > 0 && far.refuses) this.#broken = true;
      near.sent += outcome.value;
    } else this.#expected(outcome, near.ended ? 'WSAESHUTDOWN' : 'WSAEWOULDBLOCK');
  }

  #recv(near: End, far: End, size: number): number {
    const into = new Uint8Array(size);
    const outcome = this.#lab.provider.recv(near.s, into, 0);
    if (!outcome.ok) {
      this.#expected(outcome, near.refuses ? 'WSAESHUTDOWN' : 'WSAEWOULDBLOCK');
      return 0;
    }
    const { bytes, eof } = outcome.value;
    for (let i = 0; i < bytes; i++) assert.equal(into[i], byteAt(near.received + i), 'out of order');
    near.received += bytes;
    assert.ok(near.received <= far.sent, 'a byte out of nothing');
    if (eof) assert.ok(far.ended && near.received === far.sent, 'the end came before the last byte');
    return bytes;
  }

  #shutdown(near: End, far: End, how: ShutdownHow): void {
    const outcome = this.#lab.provider.shutdown(near.s, how);
    if (!outcome.ok) {
      this.#expected(outcome);
      return;
    }
    if (how !== 'SD_RECEIVE') near.ended = true;
    if (how !== 'SD_SEND') this.#refuse(near, far);
  }

  #sendDisconnect(near: End, data: Uint8Array | undefined): void {
    const outcome = this.#lab.provider.sendDisconnect(near.s, data);
    if (!outcome.ok) {
      this.#expected(outcome, near.ended ? 'WSAESHUTDOWN' : undefined);
      return;
    }
    if (!near.ended) near.disconnectData = data?.length ? data : undefined;
    near.ended = true;
  }

  #recvDisconnect(near: End, far: End): Uint8Array | undefined {
    const data = value(this.#lab.provider.recvDisconnect(near.s, 64));
    if (data !== undefined) {
      assert.equal(near.received, far.sent, 'disconnect data came before the last byte');
      assert.deepEqual(data, far.disconnectData);
    }
    this.#refuse(near, far);
    return data;
  }

  #close(near: End, far: End): void {
    value(this.#lab.provider.close(near.s));
    this.#refuse(near, far);
    near.ended = true;
    near.closed = true;
  }

  #refuse(near: End, far: End): void {
    if (!near.refuses && near.received < far.sent) this.#broken = true;
    near.refuses = true;
  }

  /** Permits only codes of the end's state, or of a reset that a call has caused. */
  #expected(outcome: Outcome<unknown>, name?: string): void {
    assert.ok(!outcome.ok);
    const got = wsaNameOf(outcome.code) ?? '';
    const resets = ['WSAECONNRESET', 'WSAECONNABORTED', 'WSAENOTCONN'];
    assert.ok(got === name || (this.#broken && resets.includes(got)), `unexpected ${got}`);
  }
}

const who = fc.constantFrom(0 as const, 1 as const);
const size = fc.nat({ max: 40 });
const data = fc.option(fc.uint8Array({ maxLength: 64 }), { nil: undefined });
const frequent = fc.record({ end: who, call: fc.constantFrom('send' as const, 'recv' as const), size });
const turn = fc.record({ end: who, call: fc.constant('turn' as const) });
const rare = fc.oneof(
  fc.record({
    end: who,
    call: fc.constant('shutdown' as const),
    how: fc.constantFrom('SD_SEND' as const, 'SD_SEND' as const, 'SD_RECEIVE' as const, 'SD_BOTH' as const),
  }),
  fc.record({ end: who, call: fc.constant('sendDisconnect' as const), data }),
  fc.record({ end: who, call: fc.constantFrom('recvDisconnect' as const, 'close' as const) }),
);
const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    { weight: 12, arbitrary: frequent },
    { weight: 2, arbitrary: turn },
    { weight: 1, arbitrary: rare },
  ),
  // Long scripts, because an end is interesting after some bytes have moved.
  { maxLength: 40, size: 'max' },
);

it('no interleaving loses or reorders a byte, or shows disconnect data before the last one', (t) => {
  fc.assert(
    fc.property(steps, (script) => {
      const conversation = new Conversation(new Lab(t));
      for (const step of script) conversation.run(step);
      conversation.finish();
    }),
    { numRuns: 1000 },
  );
});
