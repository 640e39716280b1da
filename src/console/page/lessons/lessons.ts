import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { Lesson } from '../../model/lesson.js';
import type { DaemonLink } from '../connection/daemon-link.js';
import { LookProblem } from '../connection/look.js';
import { useLink } from '../link-context.js';

/** The lessons of the daemon, as far as they are loaded. */
export type Loaded =
  | { readonly kind: 'loading' }
  | { readonly kind: 'failed'; readonly why: string }
  | { readonly kind: 'ready'; readonly lessons: readonly Lesson[] };

/** The lessons, and when the daemon was started that has them: another start may have read others. */
const loaded = signal<{ readonly startedAt: string; readonly state: Loaded } | undefined>(undefined);

/** The lessons. They are loaded when the first view needs them, and once more after a restart of the daemon. */
export const useLessons = (): Loaded => {
  const link = useLink();
  const status = link.status.value;
  const startedAt = status.kind === 'open' ? status.about.startedAt : undefined;
  useEffect(() => {
    if (startedAt !== undefined && loaded.peek()?.startedAt !== startedAt) void load(link, startedAt);
  }, [link, startedAt]);
  const known = loaded.value;
  // While the page is not connected, those of before.
  const isOld = startedAt !== undefined && known?.startedAt !== startedAt;
  return known === undefined || isOld ? { kind: 'loading' } : known.state;
};

/** Loads the lessons once more, as after a failure. */
export const loadLessons = async (link: DaemonLink): Promise<void> => {
  const status = link.status.peek();
  if (status.kind === 'open') await load(link, status.about.startedAt);
};

const load = async (link: DaemonLink, startedAt: string): Promise<void> => {
  const loading = { startedAt, state: { kind: 'loading' } } as const;
  loaded.value = loading;
  const state = await answerOf(link);
  // The daemon may have been restarted meanwhile.
  if (loaded.peek() === loading) loaded.value = { startedAt, state };
};

const answerOf = async (link: DaemonLink): Promise<Loaded> => {
  try {
    // The lessons as the daemon has checked them at its start.
    const { lessons } = (await (await link.look('/v1/lessons')).json()) as { lessons: Lesson[] };
    return { kind: 'ready', lessons };
  } catch (error) {
    if (error instanceof LookProblem) return { kind: 'failed', why: error.problem.detail };
    if (error instanceof TypeError) return { kind: 'failed', why: 'The daemon does not answer.' };
    // A proxy before the daemon, for one, refuses with a page of its own.
    if (error instanceof SyntaxError) return { kind: 'failed', why: 'The answer is not JSON.' };
    throw error;
  }
};
