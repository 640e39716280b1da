import type { FastifyInstance } from 'fastify';
import type { Chapter, DescribedOperation } from '../../operations/operation.js';
import type { Batches } from '../batch/batches.js';
import type { RefusalLog } from '../gates/refusal-log.js';
import type { NamedCalls } from '../rest/named-calls.js';
import type { Opening } from '../websocket/web-sockets.js';
import { openRpcText } from './open-rpc.js';
import { RpcConnection, type RpcConnectionParts } from './rpc-connection.js';
import { serveOpenRpc } from './rpc-docs.js';
import { RpcMethods } from './rpc-methods.js';
import { type RpcParts, registerRpc } from './rpc-route.js';
import { eventTexts } from './rpc-subscriptions.js';

/** The parts of the edge that JSON-RPC uses. */
export interface JsonRpcParts extends Omit<RpcParts & RpcConnectionParts, 'methods' | 'eventText'> {
  readonly calls: NamedCalls;
  readonly batches: Batches;
  readonly refusals: RefusalLog;
  /** The operations, and batch, as the document describes them. */
  readonly chapters: readonly Chapter<DescribedOperation>[];
  /** The version of the daemon. */
  readonly version: string;
}

/**
 * Registers JSON-RPC by POST, and the pages that describe the methods.
 *
 * @returns what to do with each WebSocket for JSON-RPC
 */
export const registerJsonRpc = (app: FastifyInstance, parts: JsonRpcParts): Opening => {
  const { chapters, version, source } = parts;
  let text: string | undefined;
  const openRpc = (): string => {
    text ??= openRpcText(chapters, version);
    return text;
  };
  serveOpenRpc(app, openRpc);
  const methods = new RpcMethods({ ...parts, openRpc });
  registerRpc(app, { ...parts, methods });
  const connectionParts = { ...parts, methods, eventText: eventTexts(source.events) };
  return (open) => void new RpcConnection(open, connectionParts);
};
