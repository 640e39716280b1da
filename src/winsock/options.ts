/**
 * The socket options that a client may name, with the Windows numbers and the type of their value.
 * An option that is not in this table never reaches a native call.
 *
 * Source: https://learn.microsoft.com/windows/win32/winsock/socket-options
 */

export const OPTION_LEVELS = { SOL_SOCKET: 0xffff, IPPROTO_TCP: 6, IPPROTO_IPV6: 41 } as const;
export type OptionLevel = keyof typeof OPTION_LEVELS;

/** The C type behind an option: BOOL (4 bytes), int, DWORD (unsigned, 4 bytes) or LINGER (two u_short). */
export type OptionType = 'BOOL' | 'int' | 'DWORD' | 'LINGER';

export interface OptionRow {
  readonly level: OptionLevel;
  /** The Windows number of the option. */
  readonly id: number;
  readonly type: OptionType;
  readonly settable: boolean;
}

const row = (level: OptionLevel, id: number, type: OptionType, settable = true): OptionRow =>
  Object.freeze({ level, id, type, settable });

const table = {
  SO_REUSEADDR: row('SOL_SOCKET', 0x4, 'BOOL'),
  SO_EXCLUSIVEADDRUSE: row('SOL_SOCKET', ~0x4, 'BOOL'),
  SO_KEEPALIVE: row('SOL_SOCKET', 0x8, 'BOOL'),
  SO_LINGER: row('SOL_SOCKET', 0x80, 'LINGER'),
  SO_SNDBUF: row('SOL_SOCKET', 0x1001, 'int'),
  SO_RCVBUF: row('SOL_SOCKET', 0x1002, 'int'),
  SO_SNDTIMEO: row('SOL_SOCKET', 0x1005, 'DWORD'),
  SO_RCVTIMEO: row('SOL_SOCKET', 0x1006, 'DWORD'),
  SO_ERROR: row('SOL_SOCKET', 0x1007, 'int', false),
  SO_TYPE: row('SOL_SOCKET', 0x1008, 'int', false),
  SO_CONDITIONAL_ACCEPT: row('SOL_SOCKET', 0x3002, 'BOOL'),
  TCP_NODELAY: row('IPPROTO_TCP', 1, 'BOOL'),
  IPV6_V6ONLY: row('IPPROTO_IPV6', 27, 'BOOL'),
};

export type OptionName = keyof typeof table;

export const OPTIONS: Readonly<Record<OptionName, OptionRow>> = Object.freeze(table);

/** Whether the pair is in the table. */
export const isOption = (level: string, name: string): name is OptionName =>
  Object.hasOwn(table, name) && OPTIONS[name as OptionName].level === level; // hasOwn has just shown it

/** struct LINGER: whether closesocket lingers, and for how many whole seconds (0 to 65,535). */
export interface Linger {
  readonly onoff: boolean;
  readonly linger: number;
}

/** The value of an option; which member of the union, the option's type says. */
export type OptionValue = boolean | number | Linger;

export const isLinger = (value: OptionValue): value is Linger => typeof value === 'object';
