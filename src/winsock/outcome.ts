import { WSA_ERRORS, type WsaName } from './errors.js';

/** The result of a call that succeeded. */
export interface Success<T> {
  readonly ok: true;
  readonly value: T;
}

/** The result of a call that failed, with the code that was read directly after the call. */
export interface Failure {
  readonly ok: false;
  /** The Windows Sockets error code; it may be outside the error table. */
  readonly code: number;
  /** The function that failed, as the provider calls it, for example `WSASendDisconnect`. */
  readonly call: string;
  /** Extension members for the problem document, for example `{ limit: 64 }`. Never payload. */
  readonly extra?: Readonly<Record<string, string | number | boolean>>;
  /** The reason, where the code alone does not explain it: a sentence that follows `<call>: `. */
  readonly detail?: string;
  /** Set when the daemon caused the failure, not the caller. */
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
 * @param call the function that failed, for example `shutdown`
 */
export const fail = (name: WsaName, call: string, more?: Pick<Failure, 'extra' | 'detail'>): Failure => ({
  ok: false,
  code: WSA_ERRORS[name].code,
  call,
  ...more,
});

/** Whether an outcome is a failure with that code. */
export const failedWith = (outcome: Outcome<unknown>, name: WsaName): outcome is Failure =>
  !outcome.ok && outcome.code === WSA_ERRORS[name].code;
