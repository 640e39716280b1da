import assert from 'node:assert/strict';
import type { TestClient } from '../../http/client.js';
import type { Send } from '../every-operation.js';

/** A reference to a value of an earlier result. */
export const ref = (pointer: string): object => ({ $result: pointer });

/** Calls in batches of one step each. */
export const overBatch =
  (api: TestClient): Send =>
  async ({ name: operation }, params) => {
    const { outcome, steps } = await api.ok.post('/v1/batch', { steps: [{ operation, params }] });
    const [step] = steps;
    assert.deepEqual([steps.length, step.runs], [1, 1]);
    assert.equal(outcome, step.problem === undefined ? 'completed' : 'failed');
    return step.problem === undefined
      ? { status: 200, body: step.result }
      : { status: step.problem.status, body: step.problem };
  };
