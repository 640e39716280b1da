import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LabNetworks } from '../../../src/providers/lab/lab-networks.js';
import { BOUNDLESS } from '../../../src/providers/lab/memory.js';
import { Lab } from './support.js';

describe('lab networks', () => {
  it('are shared by their name within an owner, and by nobody else', (t) => {
    const networks = new LabNetworks(new Lab(t).clock, () => BOUNDLESS);
    const { network } = networks.join('alice', 'net');
    assert.equal(networks.join('alice', 'net').network, network);
    assert.notEqual(networks.join('bob', 'net').network, network);
    assert.notEqual(networks.join('alice', 'other').network, network);
    assert.notEqual(networks.join('alice', undefined).network, networks.join('alice', undefined).network);
  });

  it('last as long as one of their users, however often another leaves', (t) => {
    const networks = new LabNetworks(new Lab(t).clock, () => BOUNDLESS);
    const [first, second] = [networks.join('alice', 'net'), networks.join('alice', 'net')];
    first.release();
    first.release();
    assert.equal(networks.join('alice', 'net').network, second.network);
  });

  it('begin anew once all have left', (t) => {
    const networks = new LabNetworks(new Lab(t).clock, () => BOUNDLESS);
    const first = networks.join('alice', 'net');
    first.release();
    assert.notEqual(networks.join('alice', 'net').network, first.network);
  });
});
