import assert from 'node:assert/strict';
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { openFilesLimit } from '../../../src/providers/posix/open-files.js';
import type { Handle } from '../../../src/providers/provider.js';
import { answer, refused, value } from '../contract/case-sockets.js';
import { posixSockets } from './posix-sockets.js';

const nextDescriptor = (): number => {
  const fd = openSync('/dev/null', 'r');
  closeSync(fd);
  return fd;
};

const openDescriptors = (): number => readdirSync('/proc/self/fd').length;

test('a socket at a reserved descriptor is WSAEMFILE, and a pending connection is not lost', async (t) => {
  const next = nextDescriptor();
  const most = next + 12;
  const sockets = posixSockets(t, undefined, { most, others: next + 8 });
  const listener = sockets.listener();
  sockets.begin(sockets.stream(), listener.address);
  await sockets.ready(listener.handle, { read: true });
  const [entry] = sockets.provider.protocols;
  assert.ok(entry);
  const opened: Handle[] = [];
  for (let tries = 0; tries < 20; tries++) {
    const made = sockets.provider.socket(entry, 0);
    if (!made.ok) break;
    opened.push(made.value);
  }
  assert.ok(opened.length > 0 && opened.every((handle) => handle < most), String(opened));
  const before = openDescriptors();
  for (let tries = 0; tries < 3; tries++) {
    refused(sockets.provider.socket(entry, 0), 'WSAEMFILE');
    refused(sockets.provider.duplicate(listener.handle), 'WSAEMFILE');
    refused(sockets.provider.accept(listener.handle), 'WSAEMFILE');
  }
  assert.equal(openDescriptors(), before);
  assert.ok(nextDescriptor() >= most, 'what is no socket gets one');
  const [first, ...others] = opened;
  if (first !== undefined) value(sockets.provider.close(first));
  const accepted = sockets.provider.accept(listener.handle);
  assert.equal(answer(accepted), 'ok');
  for (const handle of [...others, value(accepted).handle]) value(sockets.provider.close(handle));
});

test('the limit of the process is that of the system', () => {
  const [, soft] = /^Max open files +(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
  assert.equal(openFilesLimit(), soft === 'unlimited' ? Number.POSITIVE_INFINITY : Number(soft));
});
