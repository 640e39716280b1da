import { networkInterfaces } from 'node:os';

/** Whether this machine has ::1. */
export const hasLoopback6 = (): boolean =>
  Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'));

/** For a test that needs ::1. The machine that decides (CI) has to have it. */
export const ipv6 = { skip: process.env.CI !== 'true' && !hasLoopback6() && 'this machine has no ::1' };
