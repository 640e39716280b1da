import { WSA_ERRORS, type WsaName } from './errors.js';

/** A call that did what it was asked. */
export interface Success<T> {
  readonly ok: true;
  readonly value: T;
}

/** A Winsock call that failed as Winsock calls do: with a code, read at once after the call. */
export interface Failure {
  readonly ok: false;
  /** The Windows Sockets error code; may be one that the error table does not have. */
  readonly code: number;
  /** The function that failed, as the provider calls it, for example `WSASendDisconnect`. */
  readonly call: string;
  /** Extension members for the problem document, for example `{ limit: 64 }`. Never payload. */
  readonly extra?: Readonly<Record<string, string | number | boolean>>;
  /** Why, when the code alone leaves the reader guessing: a sentence that goes on after `<call>: `. */
  readonly detail?: string;
  /** The daemon's own doing, not the caller's, whatever the code. */
  readonly bug?: true;
}

/** The result of a Winsock call. Expected failures are values; exceptions are bugs. */
export type Outcome<T> = Success<T> | Failure;

export const ok = <T>(value: T): Success<T> => ({ ok: true, value });

/** The success of a call without a result. */
export const done: Success<void> = Object.freeze({ ok: true, value: undefined });

/**
 * A failure with a code of the error table.
 *
 * @param name the code's name, for example `WSAENOTCONN`
 * @param call the function it is an answer of, for example `shutdown`
 */
export const fail = (name: WsaName, call: string, more?: Pick<Failure, 'extra' | 'detail'>): Failure => ({
  ok: false,
  code: WSA_ERRORS[name].code,
  call,
  ...more,
});

/** Whether an outcome is the failure of that name. */
export const failedWith = (outcome: Outcome<unknown>, name: WsaName): outcome is Failure =>
  !outcome.ok && outcome.code === WSA_ERRORS[name].code;
