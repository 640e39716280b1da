import { useEffect, useMemo, useState } from 'preact/hooks';
import { Lab, type LinkChange } from '../../model/lab.js';
import type { LabLink, Outcome, Problem } from '../../model/types.js';
import { useLink } from '../link-context.js';

/** The lab of a session, and the calls that change it. */
export interface LabOfSession {
  readonly lab: Lab;
  /** Why the link cannot be read: for example, the session has no lab. */
  readonly problem: Problem | undefined;
  readonly change: (change: LinkChange) => Promise<Outcome>;
  readonly advance: (advanceMs: number) => Promise<Outcome>;
}

/**
 * Reads the link of a session once, by a call, and follows the changes that the rig sees. To read at every
 * change would put calls into the journal for each page that is open.
 */
export const useLab = (sessionId: string): LabOfSession => {
  const link = useLink();
  const rig = link.rig.value;
  const isOpen = link.status.value.kind === 'open';
  link.version.value;
  const lab = useMemo(() => new Lab(rig, sessionId), [rig, sessionId]);
  lab.follow();
  const [problem, setProblem] = useState<Problem>();
  const [, setDraws] = useState(0);
  const draw = (): void => setDraws((draws) => draws + 1);
  useEffect(() => {
    if (!isOpen) return;
    lab.beginRead();
    void link.ask('setLabLink', { sessionId }).then((outcome) => {
      setProblem(outcome.ok ? undefined : outcome.problem);
      if (outcome.ok) lab.endRead(linkIn(outcome.result));
      draw();
    });
  }, [lab, isOpen]);

  const change = (changed: LinkChange): Promise<Outcome> =>
    link.call('setLabLink', { sessionId, ...changed });
  const advance = async (advanceMs: number): Promise<Outcome> => {
    lab.beginAdvance();
    const outcome = await link.call('advanceLabClock', { sessionId, advanceMs });
    lab.endAdvance(outcome.ok ? Number(outcome.result.timeMs) : undefined);
    draw();
    return outcome;
  };
  return { lab, problem, change, advance };
};

/** The result of setLabLink is the whole link, as the daemon's document says. */
const linkIn = (result: object): LabLink => result as LabLink;
