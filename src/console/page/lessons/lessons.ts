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

const loaded = signal<Loaded | undefined>(undefined);

/** The lessons. They are loaded when the first view needs them; the daemon does not change them. */
export const useLessons = (): Loaded => {
  const link = useLink();
  useEffect(() => {
    if (loaded.peek() === undefined) void loadLessons(link);
  }, [link]);
  return loaded.value ?? { kind: 'loading' };
};

/** Loads the lessons, perhaps once more. */
export const loadLessons = async (link: DaemonLink): Promise<void> => {
  loaded.value = { kind: 'loading' };
  try {
    const { lessons } = (await (await link.look('/v1/lessons')).json()) as { lessons: Lesson[] };
    loaded.value = { kind: 'ready', lessons };
  } catch (error) {
    if (error instanceof LookProblem) loaded.value = { kind: 'failed', why: error.problem.detail };
    else if (error instanceof TypeError)
      loaded.value = { kind: 'failed', why: 'The daemon does not answer.' };
    else throw error;
  }
};
