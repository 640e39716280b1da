import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { ENV, keepCalling, makeRig, SOCKETS } from '../console/rig.mjs';
import { Tab } from '../console/tab.mjs';
import { clickThrough } from '../console/tour.mjs';
import { cache } from '../places.mjs';
import { spread } from '../rows.mjs';

const CALLS = 10_000;
const CLICKS = 200;
/** Calls a second while somebody clicks, and while memory is measured. */
const CALM = 20;
const BUSY = 50;
/** The last part of the time, in which memory must not grow any more. */
const LAST_MINUTES = 3;

/** Measures how fast the page answers clicks, and the memory of its tab, with many sockets and calls. */
export async function consolePage(tools) {
  const daemon = await tools.startDaemon({ env: ENV });
  const rig = await makeRig(daemon, CALLS);
  const tab = await Tab.open(daemon);
  const measure = async () => {
    try {
      const clicks = await measureClicks(tab, rig, tools.options);
      const memory = await measureMemory(tab, rig, tools.options);
      return { clicks, memory };
    } finally {
      await tab.close();
    }
  };
  return { subjects: { page: measure }, rows: rowsOf(tools.options), rounds: 1, isCold: true };
}

async function measureClicks(tab, { traffic }, { profile }) {
  const stopCalls = keepCalling(traffic, CALM);
  const endProfile = profile ? await tab.profile() : undefined;
  await tab.longestTask();
  const clicks = await clickThrough(tab, CLICKS);
  const longestTask = await tab.longestTask();
  await stopCalls();
  if (endProfile) writeDetails('console.cpuprofile', await endProfile());
  writeDetails('console-clicks.json', ofKinds(clicks));
  const sorted = clicks.map(({ ms }) => ms).sort((a, b) => a - b);
  return {
    p50: sorted[Math.floor(sorted.length * 0.5)],
    p95: sorted[Math.floor(sorted.length * 0.95)],
    max: sorted.at(-1),
    longestTask,
  };
}

/** Writes what the table has no room for. */
function writeDetails(name, details) {
  mkdirSync(cache, { recursive: true });
  writeFileSync(join(cache, name), JSON.stringify(details, null, 1));
}

/** The times of each kind of click. */
function ofKinds(clicks) {
  const kinds = new Map();
  for (const { what, ms } of clicks) kinds.set(what, [...(kinds.get(what) ?? []), ms]);
  return Object.fromEntries([...kinds].map(([what, times]) => [what, spread(times)]));
}

async function measureMemory(tab, { churn }, { minutes }) {
  const stopCalls = keepCalling(churn, BUSY);
  const samples = [await tab.memory()];
  for (let minute = 1; minute <= minutes; minute++) {
    await wait(60_000);
    samples.push(await tab.memory());
  }
  await stopCalls();
  writeDetails('console-memory.json', samples);
  const last = samples.slice(-LAST_MINUTES - 1);
  return {
    heapMiB: samples.at(-1).heapMiB,
    nodes: samples.at(-1).nodes,
    grownMiB: last.at(-1).heapMiB - last[0].heapMiB,
  };
}

/** @returns {import('../rows.mjs').Row[]} */
const rowsOf = ({ minutes }) => {
  const name = `a click with ${SOCKETS} sockets and ${CALLS.toLocaleString('en')} calls`;
  return [
    { name: `${name}, p50`, unit: 'ms', ours: ({ page }) => page.clicks.p50 },
    { name: `${name}, p95`, unit: 'ms', ours: ({ page }) => page.clicks.p95, atMost: 100 },
    { name: `${name}, slowest`, unit: 'ms', ours: ({ page }) => page.clicks.max },
    {
      name: 'the longest task of the page meanwhile',
      unit: 'ms',
      ours: ({ page }) => page.clicks.longestTask,
    },
    {
      name: `heap of the tab after ${minutes} minutes of ${BUSY} calls a second`,
      unit: 'MiB',
      ours: ({ page }) => page.memory.heapMiB,
    },
    {
      name: `the same, grown in the last ${LAST_MINUTES} of them`,
      unit: 'MiB',
      ours: ({ page }) => page.memory.grownMiB,
      atMost: 2,
    },
    { name: 'nodes of its document', unit: '', ours: ({ page }) => page.memory.nodes },
  ];
};
