import { useState } from 'preact/hooks';
import { durationText } from '../../model/duration-text.js';
import type { Lab } from '../../model/lab.js';
import type { Say } from './say.js';
import type { LabOfSession } from './use-lab.js';

const STEPS = [
  { label: '1 s', ms: 1000 },
  { label: '1 min', ms: 60_000 },
  { label: '2 h', ms: 7_200_000 },
];

/** The most that one call advances: 31 days. */
const FARTHEST_MS = 31 * 24 * 3_600_000;

/** The clock of the lab: its time, and how to move it. It runs by itself until it is moved for the first time. */
export const ClockControls = ({ ofSession, say }: { ofSession: LabOfSession; say: Say }) => {
  const { lab } = ofSession;
  const [text, setText] = useState('10000');
  const advance = async (ms: number): Promise<void> => {
    const outcome = await ofSession.advance(ms);
    if (!outcome.ok) {
      say(outcome.problem);
      return;
    }
    const { timeMs, ran } = outcome.result;
    const moved = ms === 0 ? 'The clock stands still' : `The clock went on by ${durationText(ms)}`;
    say(`${moved}. It shows ${durationText(Number(timeMs))}; ${ranText(Number(ran))}.`);
  };
  return (
    <form
      class="network-clock"
      aria-label="Clock"
      onSubmit={(event) => {
        event.preventDefault();
        void advance(Number(text));
      }}
    >
      <h3>Clock</h3>
      <p class="network-now">{clockText(lab)}</p>
      <fieldset class="row" aria-label="Move the clock">
        <button type="button" onClick={() => advance(0)}>
          {lab.isStopped ? 'Read the time' : 'Stop the clock'}
        </button>
        {STEPS.map(({ label, ms }) => (
          <button key={label} type="button" onClick={() => advance(ms)}>
            Advance by {label}
          </button>
        ))}
      </fieldset>
      <div class="field">
        <label for="clock-ms">Advance by (ms)</label>
        <div class="row">
          <input
            id="clock-ms"
            type="number"
            min={0}
            max={FARTHEST_MS}
            required
            value={text}
            onInput={({ currentTarget }) => setText(currentTarget.value)}
          />
          <button type="submit">Advance</button>
        </div>
      </div>
    </form>
  );
};

const clockText = ({ isStopped, timeMs }: Lab): string => {
  if (!isStopped) {
    return 'It runs by itself. The first use of a button here stops it for good: then only these buttons move it.';
  }
  const time = timeMs === undefined ? '' : ` at ${durationText(timeMs)} since the network began`;
  return `It stands still${time}: what the lab delays arrives only when you advance it.`;
};

const ranText = (ran: number): string => {
  if (ran === 0) return 'no event was due';
  return ran === 1 ? '1 event ran' : `${ran.toLocaleString('en')} events ran`;
};
