import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { DaemonLink } from './connection/daemon-link.js';

/** The link of the page to the daemon, for all components. */
export const LinkContext = createContext<DaemonLink | undefined>(undefined);

/** The link of the page to the daemon. */
export const useLink = (): DaemonLink => {
  const link = useContext(LinkContext);
  if (!link) throw new Error('There is no link to the daemon around this component.');
  return link;
};
