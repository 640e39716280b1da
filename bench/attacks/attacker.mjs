/**
 * The process of one attack: runs it, reports the answers, and keeps its connections until it is killed.
 *
 *   node attacker.mjs NAME      with IPC: receives { port, tokens, seconds }, sends { answers, failed }
 */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { ATTACKS } from './list.mjs';
import { Target } from './target.mjs';

/** How long an attack may take to end after its time: one answer can take long. */
const GRACE_SECONDS = 15;

// The process that started this one has ended.
process.once('disconnect', () => process.exit());
const attack = ATTACKS.find(({ name }) => name === process.argv[2]);
if (attack === undefined) throw new Error(`unknown attack ${process.argv[2]}`);
const [options] = await once(process, 'message');
const target = new Target(options);
const tooLong = sleep((options.seconds + GRACE_SECONDS) * 1000, 'not answered to its end');
const made = attack.run(target).then(() => undefined, String);
const failed = await Promise.race([made, tooLong]);
process.send?.({ answers: target.answers, failed });
