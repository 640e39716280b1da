import { useRef, useState } from 'preact/hooks';

/** Runs one action at a time: a second press of a button does nothing while the first has its way. */
export interface OneAtATime {
  readonly isBusy: boolean;
  readonly run: (action: () => Promise<void>) => Promise<void>;
}

/** For the buttons of one view. */
export const useOneAtATime = (): OneAtATime => {
  const [isBusy, setIsBusy] = useState(false);
  // The state changes with the next drawing only: a second press may come before it.
  const isRunning = useRef(false);
  const run = async (action: () => Promise<void>): Promise<void> => {
    if (isRunning.current) return;
    isRunning.current = true;
    setIsBusy(true);
    try {
      await action();
    } finally {
      isRunning.current = false;
      setIsBusy(false);
    }
  };
  return { isBusy, run };
};
