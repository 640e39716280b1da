import assert from 'node:assert/strict';
import { Daemon, type Limits } from '../../src/daemon/daemon.js';
import { DestinationPolicy } from '../../src/daemon/policy/destination-policy.js';
import { Catalog } from '../../src/daemon/sessions/protocol-catalog.js';
import {
  Dispatcher,
  type DispatchObserver,
  type DispatchRequest,
} from '../../src/operations/dispatch/dispatch.js';
import type { Reply } from '../../src/operations/dispatch/reply.js';
import { OPERATIONS } from '../../src/operations/list.js';
import type { AnyOperation } from '../../src/operations/operation.js';
import { runRelays } from '../../src/operations/relay/relay-runner.js';
import { LabProvider } from '../../src/providers/lab/lab-provider.js';
import { LabNetwork } from '../../src/providers/lab/network.js';
import { ManualClock } from '../daemon/waiting/manual-clock.js';
import { DEFAULT_LIMITS } from '../default-limits.js';

export interface LabDaemonOptions {
  /** Operations besides those of the list. */
  readonly operations?: readonly AnyOperation[];
  readonly observer?: DispatchObserver;
  readonly limits?: Partial<Limits>;
}

/**
 * A daemon without an edge and with the lab as its only provider; the owner is alice. Its lab counts no
 * bytes.
 */
export const labDaemon = ({ operations = [], observer, limits }: LabDaemonOptions = {}) => {
  const clock = new ManualClock();
  const daemon = new Daemon({
    clock,
    limits: { ...DEFAULT_LIMITS, ...limits },
    policy: new DestinationPolicy({
      connect: { allow: [] },
      bind: { allow: [], reuseAddress: false },
      isOwnListener: () => false,
    }),
    openCatalog: () => ({
      catalog: new Catalog([new LabProvider(new LabNetwork({ clock }))]),
      release: () => {},
    }),
  });
  const all = [...OPERATIONS, ...operations];
  const { dispatch } = new Dispatcher(daemon, all, observer ?? { unstated: () => {}, lostHandle: () => {} });
  runRelays(daemon, dispatch, (bug) => {
    throw bug;
  });
  const client = { gone: false, onGone: () => {} };
  /** The reply; the test must settle it. */
  const reply = async (
    name: string,
    params: Record<string, unknown>,
    more: Partial<DispatchRequest> = {},
  ): Promise<Reply> => {
    const found = all.find((one) => one.name === name);
    assert.ok(found);
    return dispatch(found, { owner: 'alice', params, client, requestId: 'req-1', ...more });
  };
  const call = async (name: string, params: Record<string, unknown>): Promise<Reply> => {
    const made = await reply(name, params);
    made.settle(true);
    return made;
  };
  const value = async (name: string, params: Record<string, unknown>): Promise<Record<string, unknown>> => {
    const { answer } = await call(name, params);
    assert.ok(answer.ok, JSON.stringify(answer));
    return { ...answer.value };
  };
  return { clock, daemon, account: daemon.bytes.of('alice'), reply, call, value };
};
