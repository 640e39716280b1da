import assert from 'node:assert/strict';
import type { Body, TestClient } from '../../http/client.js';
import type { Parameters, Send } from '../every-operation.js';

/** A request object; without an id it is a notification. */
export const rpcRequest = (method: string, params: Parameters, id?: string | number): object => ({
  jsonrpc: '2.0',
  method,
  params,
  ...(id !== undefined && { id }),
});

/** The responses to an array of calls, whose ids are their places. */
export const rpcArray = async (
  api: TestClient,
  calls: readonly (readonly [method: string, params: Parameters])[],
): Promise<Body[]> => {
  const responses: Body[] = await api.ok.post(
    '/v1/rpc',
    calls.map(([method, params], id) => rpcRequest(method, params, id)),
  );
  assert.deepEqual(
    responses.map(({ id }) => id),
    calls.map((_, id) => id),
  );
  return responses;
};

/** Calls with JSON-RPC, one request object each. */
export const overRpc =
  (api: TestClient): Send =>
  async ({ name }, params) => {
    const { id, result, error } = await api.ok.post('/v1/rpc', rpcRequest(name, params, 7));
    assert.equal(id, 7);
    return error === undefined
      ? { status: 200, body: result }
      : { status: error.data.status, body: error.data };
  };
