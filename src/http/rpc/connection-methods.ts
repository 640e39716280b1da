import Type, { type Static } from 'typebox';
import type { Refusal } from '../../daemon/answers/refusals.js';
import { paramsCheck } from '../../operations/dispatch/validation.js';
import { EVENT_KINDS } from '../../operations/journal/event-feed.js';
import { ok, type Success } from '../../winsock/outcome.js';

/** Reads the parameters of a method. */
const reader = <S extends ReturnType<typeof Type.Object>>(params: S) => {
  const check = paramsCheck({ scope: 'daemon', params });
  // The check has just passed.
  return (given: object): Success<Static<S>> | Refusal => check(given) ?? ok(given as Static<S>);
};

const kind = Type.Unsafe<(typeof EVENT_KINDS)[number]>({ type: 'string', enum: [...EVENT_KINDS] });

const text = Type.Optional(Type.String({ maxLength: 200 }));

/**
 * The methods that only a WebSocket has, beside those of RpcMethods: how their parameters are read.
 *
 * - `rpc.cancel` ends the request with that id.
 * - `rpc.subscribe` sends events as they occur, those behind the event `after` first.
 * - `rpc.unsubscribe` ends that.
 */
export const CONNECTION_METHODS = {
  'rpc.cancel': reader(Type.Object({ id: Type.Unknown() })),
  'rpc.subscribe': reader(
    Type.Object({
      kinds: Type.Optional(Type.Array(kind, { minItems: 1, maxItems: EVENT_KINDS.length })),
      sessionId: text,
      socketId: text,
      after: text,
    }),
  ),
  'rpc.unsubscribe': reader(Type.Object({ subscription: Type.String({ maxLength: 64 }) })),
};
