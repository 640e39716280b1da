import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LabNetworks } from '../../../src/providers/lab/lab-networks.js';
import { BOUNDLESS } from '../../../src/providers/lab/memory.js';
import { Lab } from './support.js';

describe('lab networks', () => {
  it('are shared by name among sessions of one owner only', (t) => {
    const networks = new LabNetworks(new Lab(t).clock, () => BOUNDLESS);
    const { network } = networks.join('alice', 'net');
    assert.equal(networks.join('alice', 'net').network, network);
    assert.notEqual(networks.join('bob', 'net').network, network);
    assert.notEqual(networks.join('alice', 'other').network, network);
    assert.notEqual(networks.join('alice', undefined).network, networks.join('alice', undefined).network);
  });

  it('last until the last user leaves, even when another leaves twice', (t) => {
    const networks = new LabNetworks(new Lab(t).clock, () => BOUNDLESS);
    const [first, second] = [networks.join('alice', 'net'), networks.join('alice', 'net')];
    first.release();
    first.release();
    assert.equal(networks.join('alice', 'net').network, second.network);
  });

  it('begin anew after all users have left', (t) => {
    const networks = new LabNetworks(new Lab(t).clock, () => BOUNDLESS);
    const first = networks.join('alice', 'net');
    first.release();
    assert.notEqual(networks.join('alice', 'net').network, first.network);
  });
});
