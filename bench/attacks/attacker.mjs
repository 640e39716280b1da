/**
 * The process of one attack: makes it, says how it was answered, and keeps its connections until it is ended.
 *
 *   node attacker.mjs NAME      with IPC: takes { port, tokens, seconds }, sends { answers, failed }
 */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { ATTACKS } from './list.mjs';
import { Target } from './target.mjs';

/** How long an attack may take to end when its time is over: one answer can take long. */
const GRACE_SECONDS = 15;

// Whoever started this has gone.
process.once('disconnect', () => process.exit());
const attack = ATTACKS.find(({ name }) => name === process.argv[2]);
if (attack === undefined) throw new Error(`there is no attack ${process.argv[2]}`);
const [options] = await once(process, 'message');
const target = new Target(options);
const tooLong = sleep((options.seconds + GRACE_SECONDS) * 1000, 'not answered to its end');
const made = attack.run(target).then(() => undefined, String);
const failed = await Promise.race([made, tooLong]);
process.send?.({ answers: target.answers, failed });
