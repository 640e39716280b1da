import type { TestDaemon, TestSession } from '../test-daemon.js';

/** The calls and the hits that a fault has counted. */
export const countersOf = async (
  daemon: TestDaemon,
  session: TestSession,
  id: string,
): Promise<[number, number]> => {
  const { calls, hits } = await daemon.api.ok.get(`${session.path}/faults/${id}`);
  return [calls, hits];
};
