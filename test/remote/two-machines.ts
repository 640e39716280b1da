import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import type { TestContext } from 'node:test';
import { Program, type ProgramOptions } from './program.js';
import { missing } from './requirements.js';

/**
 * Two network namespaces that are connected only with each other: for programs in them, two machines on a
 * network of their own.
 */
export interface TwoMachines {
  readonly daemon: Machine;
  readonly client: Machine;
}

export type Family = 'IPv4' | 'IPv6';

export interface Machine {
  readonly addresses: Readonly<Record<Family, string>>;
  /** Starts a program there, which is ended with the network. */
  run(argv: readonly string[], options?: ProgramOptions): Program;
}

/** Why this machine cannot have network namespaces; undefined if it can. */
export const noNamespaces = (): string | undefined => {
  if (process.platform !== 'linux') return 'network namespaces are on Linux only';
  if (process.getuid?.() !== 0) return 'network namespaces need root';
  const absent = missing('ip');
  if (absent !== undefined) return absent;
  const probe = nameOf('probe');
  try {
    ip('netns', 'add', probe);
    ip('netns', 'exec', probe, 'true');
    return undefined;
  } catch (error) {
    // Root in a container may lack the capability.
    return error instanceof Error ? error.message : String(error);
  } finally {
    remove(probe);
  }
};

/** Sets up the network. After the test its programs are ended, then the network is removed. */
export const twoMachines = (t: TestContext): TwoMachines => {
  const names = { daemon: nameOf('daemon'), client: nameOf('client') };
  const programs: Program[] = [];
  t.after(async () => {
    await Promise.all(programs.map((program) => program.stop()));
    for (const name of Object.values(names)) remove(name);
  });
  const machine = (name: string, addresses: Machine['addresses']): Machine => {
    ip('-n', name, 'address', 'add', `${addresses.IPv4}/24`, 'dev', 'cable');
    // No other machine can have the address, so duplicate address detection is not necessary.
    ip('-n', name, 'address', 'add', `${addresses.IPv6}/64`, 'dev', 'cable', 'nodad');
    for (const device of ['lo', 'cable']) ip('-n', name, 'link', 'set', device, 'up');
    const run = (argv: readonly string[], options?: ProgramOptions): Program => {
      // ip uses exec, so the process becomes the program itself.
      const program = new Program(['ip', 'netns', 'exec', name, ...argv], options);
      programs.push(program);
      return program;
    };
    return { addresses, run };
  };
  for (const name of Object.values(names)) ip('netns', 'add', name);
  const ends = ['name', 'cable', 'netns', names.client];
  ip('link', 'add', 'name', 'cable', 'netns', names.daemon, 'type', 'veth', 'peer', ...ends);
  return {
    daemon: machine(names.daemon, { IPv4: '10.200.7.1', IPv6: 'fd00:7::1' }),
    client: machine(names.client, { IPv4: '10.200.7.2', IPv6: 'fd00:7::2' }),
  };
};

const nameOf = (role: string): string => `winsockd-${role}-${process.pid}-${randomBytes(3).toString('hex')}`;

/**
 * Also removes the file of an incomplete namespace, which `ip netns delete` leaves because it has no mount.
 */
const remove = (name: string): void => {
  spawnSync('ip', ['netns', 'delete', name]);
  rmSync(`/run/netns/${name}`, { force: true });
};

const ip = (...args: readonly string[]): void => {
  const { status, stderr, error } = spawnSync('ip', args, { encoding: 'utf8', timeout: 10_000 });
  if (status === 0) return;
  throw new Error(`ip ${args.join(' ')}: ${(error?.message ?? stderr).trim()}`);
};
