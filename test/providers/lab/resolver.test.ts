import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { labResolver } from '../../../src/providers/lab/resolver.js';
import { NI_FLAGS } from '../../../src/winsock/constants.js';
import { v4 } from '../../addresses.js';
import { failure, value } from './support.js';

describe('the name of a service', () => {
  for (const { port, flags, name } of [
    { port: 80, flags: 0, name: 'http' },
    { port: 80, flags: NI_FLAGS.NI_DGRAM, name: '80' },
    { port: 53, flags: NI_FLAGS.NI_DGRAM, name: 'domain' },
    { port: 80, flags: NI_FLAGS.NI_NUMERICSERV, name: '80' },
  ]) {
    it(`of port ${port} with flags ${flags} is ${name}`, async () => {
      assert.equal(value(await labResolver.getNameInfo(v4('127.0.0.1', port), flags)).service, name);
    });
  }
});

describe('a name that is no address of the lab', () => {
  for (const node of ['fe80::1%eth0', 'fe80::1%', '::1%4294967296', '127.0.0.1%1', '[::1]x', '[]']) {
    it(`${node} is WSAHOST_NOT_FOUND`, async () => {
      const query = { node, flags: 0, family: 0, socketType: 1, protocol: 0 };
      failure(await labResolver.getAddrInfo(query), 'WSAHOST_NOT_FOUND');
    });
  }
});
