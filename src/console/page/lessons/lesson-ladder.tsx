import { useState } from 'preact/hooks';
import { LadderView } from '../conversation/ladder-view.js';
import { useLadder } from '../conversation/use-ladder.js';
import { useLink } from '../link-context.js';

/** How many of the last calls are shown. */
const SHOWN = 14;

/**
 * What the sockets of a lesson have said to each other.
 *
 * @param names the names of the session and of the sockets, by their ids
 */
export const LessonLadder = ({ names }: { names: ReadonlyMap<string, string> }) => {
  const link = useLink();
  link.version.value;
  const sockets = [...names.keys()].flatMap((id) => link.rig.value.sockets.get(id) ?? []);
  const ladder = useLadder(sockets, names);
  const [selected, setSelected] = useState<number>();
  if (sockets.length === 0) return null;
  return (
    <section class="panel lesson-ladder" aria-label="Ladder">
      <LadderView
        ladder={ladder}
        from={Math.max(0, ladder.rows.length - SHOWN)}
        count={SHOWN}
        selectedRow={selected}
        onSelect={setSelected}
      />
    </section>
  );
};
