import { useState } from 'preact/hooks';
import type { Row } from '../../model/ladder.js';
import { useLink } from '../link-context.js';
import { Downloads } from './downloads.js';
import { LadderView } from './ladder-view.js';
import { Participants } from './participants.js';
import { RowDetails } from './row-details.js';
import { useLadder } from './use-ladder.js';
import './conversation.css';

/** How many rows the ladder shows at once. */
const SHOWN = 30;

/** What some sockets say to each other, as it happens, as a ladder. */
export const ConversationView = ({ socketIds }: { socketIds: readonly string[] }) => {
  const link = useLink();
  link.version.value;
  const rig = link.rig.value;
  const chosen = socketIds.map((id) => rig.sockets.get(id)).filter((socket) => socket !== undefined);
  const unknown = socketIds.length - chosen.length;
  const drawn = useLadder(chosen);
  /** The last row that is shown; undefined: the newest, as it happens. */
  const [until, setUntil] = useState<number>();
  const [selected, setSelected] = useState<Row>();
  const end = Math.min(until ?? drawn.rows.length, drawn.rows.length);
  const from = Math.max(0, end - SHOWN);
  // By its call: its index is another one when older calls are dropped.
  const row = selected && drawn.rows.find((one) => areOneCall(one, selected));
  return (
    <>
      <div class="view-head">
        <h1>Conversation</h1>
        <Participants chosen={chosen} />
      </div>
      {unknown > 0 && (
        <p class="muted">
          {unknown === 1 ? '1 socket of this link is' : `${unknown} sockets of this link are`} not known here:
          closed before this page was opened, or of another owner.
        </p>
      )}
      {chosen.length === 0 ? (
        <section class="empty">
          <p>Choose the sockets whose conversation you want to see, here or in the table of the rig.</p>
        </section>
      ) : (
        <>
          <section class="panel" aria-label="Ladder">
            {drawn.rows.length === 0 ? (
              <p class="muted">Nothing has happened yet that the journal still has.</p>
            ) : (
              <>
                <TimeSlider
                  total={drawn.rows.length}
                  end={end}
                  isLive={until === undefined}
                  onChange={setUntil}
                />
                <LadderView
                  ladder={drawn}
                  from={from}
                  count={end - from}
                  selectedRow={row?.index}
                  onSelect={(index) => setSelected(drawn.rows[index])}
                />
              </>
            )}
            {rig.droppedCalls > 0 && (
              <p class="muted">
                The page has dropped {rig.droppedCalls.toLocaleString('en')} older calls; the exports of the
                daemon may still have them.
              </p>
            )}
          </section>
          {row && <RowDetails row={row} columns={drawn.columns} />}
          <Downloads sockets={chosen} />
        </>
      )}
    </>
  );
};

/** Whether two rows are of the same call. The end of a session, which is no call, has no number. */
const areOneCall = (a: Row, b: Row): boolean =>
  a.sessionId === b.sessionId && a.entry?.sequence === b.entry?.sequence;

const TimeSlider = ({
  total,
  end,
  isLive,
  onChange,
}: {
  total: number;
  end: number;
  isLive: boolean;
  onChange: (until: number | undefined) => void;
}) => (
  <div class="row conversation-time">
    <label for="conversation-slider">Until call</label>
    <input
      id="conversation-slider"
      class="grow"
      type="range"
      min={1}
      max={total}
      value={end}
      aria-valuetext={`call ${end} of ${total}`}
      onInput={({ currentTarget }) => onChange(Number(currentTarget.value))}
    />
    <output for="conversation-slider">
      {end} of {total}
    </output>
    <label class="check">
      <input
        type="checkbox"
        checked={isLive}
        onChange={({ currentTarget }) => onChange(currentTarget.checked ? undefined : end)}
      />
      as it happens
    </label>
  </div>
);
