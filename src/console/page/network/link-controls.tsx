import { useState } from 'preact/hooks';
import { LINK_PRESETS, type LinkChange, linkText, percentOf } from '../../model/lab.js';
import type { LabLink } from '../../model/types.js';
import type { Say } from './say.js';
import type { LabOfSession } from './use-lab.js';

interface LinkField {
  readonly name: 'latencyMs' | 'bytesPerSecond' | 'loss' | 'seed';
  readonly label: string;
  readonly step: number;
  readonly max: number;
  /** The value as it is shown. */
  readonly shown: (link: LabLink) => number;
}

const FIELDS: readonly LinkField[] = [
  { name: 'latencyMs', label: 'Latency (ms)', step: 10, max: 3_600_000, shown: (link) => link.latencyMs },
  {
    name: 'bytesPerSecond',
    label: 'Rate (bytes per second; 0: no limit)',
    step: 1000,
    max: 1e12,
    shown: (link) => link.bytesPerSecond,
  },
  {
    name: 'loss',
    label: 'Loss of datagrams (%)',
    step: 5,
    max: 100,
    shown: ({ loss }) => percentOf(loss),
  },
  { name: 'seed', label: 'Seed of the loss', step: 1, max: 0xffffffff, shown: (link) => link.seed },
];

type Draft = Partial<Record<LinkField['name'], string>>;

/** The link as it is, usual links, and its members one by one. */
export const LinkControls = ({ ofSession, say }: { ofSession: LabOfSession; say: Say }) => {
  const { lab, change } = ofSession;
  const [draft, setDraft] = useState<Draft>({});
  const { link } = lab;
  if (!link) return <p class="muted">The link is being read …</p>;

  const apply = async (changed: LinkChange): Promise<void> => {
    const outcome = await change(changed);
    if (outcome.ok) setDraft({});
    // The result of setLabLink is the whole link.
    say(outcome.ok ? `The link is set. ${linkText(outcome.result as LabLink)}.` : outcome.problem);
  };
  const set = (event: Event): void => {
    event.preventDefault();
    const changed = changeIn(draft, link);
    if (Object.keys(changed).length === 0) say('Nothing is changed: the link has these values already.');
    else void apply(changed);
  };
  return (
    // Without validation by the browser: it would refuse a number between two steps.
    <form class="network-link" aria-label="Link" noValidate onSubmit={set}>
      <h3>Link</h3>
      <p class="network-now">{linkText(link)}.</p>
      <fieldset class="row" aria-label="Usual links">
        {LINK_PRESETS.map(({ title, change: preset }) => (
          <button key={title} type="button" onClick={() => apply(preset)}>
            {title}
          </button>
        ))}
        {link.partition ? (
          <button type="button" class="primary" onClick={() => apply({ partition: false })}>
            Heal
          </button>
        ) : (
          <button type="button" class="danger" onClick={() => apply({ partition: true })}>
            Cut
          </button>
        )}
      </fieldset>
      <div class="network-fields">
        {FIELDS.map(({ name, label, step, max, shown }) => (
          <div class="field" key={name}>
            <label for={`link-${name}`}>{label}</label>
            <input
              id={`link-${name}`}
              type="number"
              min={0}
              max={max}
              step={step}
              value={draft[name] ?? shown(link)}
              onInput={({ currentTarget }) => setDraft({ ...draft, [name]: currentTarget.value })}
            />
          </div>
        ))}
      </div>
      <button type="submit">Set the link</button>
    </form>
  );
};

/** What the draft changes. A seed belongs to a loss, so both are given when either has changed. */
const changeIn = (draft: Draft, link: LabLink): LinkChange => {
  const given = (name: LinkField['name'], now: number): number => {
    const text = draft[name] ?? '';
    return text === '' ? now : Number(text);
  };
  const latencyMs = given('latencyMs', link.latencyMs);
  const bytesPerSecond = given('bytesPerSecond', link.bytesPerSecond);
  const loss = given('loss', percentOf(link.loss)) / 100;
  const seed = given('seed', link.seed);
  return {
    ...(latencyMs !== link.latencyMs && { latencyMs }),
    ...(bytesPerSecond !== link.bytesPerSecond && { bytesPerSecond }),
    ...((percentOf(loss) !== percentOf(link.loss) || seed !== link.seed) && { loss, seed }),
  };
};
