import { useRef } from 'preact/hooks';
import type { LessonProvider } from '../../model/lesson.js';
import { useLink } from '../link-context.js';

/** The names of the providers that lessons run on, such as `lab` and `posix`; undefined: there is none. */
export type ProviderNames = Readonly<Record<LessonProvider, string | undefined>>;

/** The providers of the daemon. While the page is not connected, those of before. */
export const useProviders = (): ProviderNames => {
  const status = useLink().status.value;
  const native = useRef<string | undefined>(undefined);
  if (status.kind === 'open') native.current = status.about.providers.find((name) => name !== 'lab');
  return { lab: 'lab', native: native.current };
};

/** What a provider is, for people. */
export const providerText = (provider: LessonProvider, names: ProviderNames): string =>
  provider === 'lab'
    ? 'lab: a network inside the daemon'
    : `${names.native ?? 'native'}: the system's own sockets, on loopback`;
