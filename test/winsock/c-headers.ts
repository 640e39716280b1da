import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The folders of the Windows headers in Debian's mingw-w64-common and mingw-w64-x86-64-dev. */
const FOLDERS = ['/usr/share/mingw-w64/include', '/usr/x86_64-w64-mingw32/include'];
const FILES = [
  'winsock2.h',
  'ws2def.h',
  'ws2ipdef.h',
  'ws2tcpip.h',
  'mstcpip.h',
  'mswsock.h',
  'afunix.h',
  'qossp.h',
];

const TOKEN = /\s*(0[xX][0-9a-fA-F]+|\d+|[A-Za-z_]\w*|'.'|<<|[()|&~+*,-])/y;

/** sizeof(u_long), the only size in the ioctl macros of these headers. */
const U_LONG_BYTES = 4;

/** The #define values of C headers, evaluated as far as socket constants need. */
export class Headers {
  readonly #defines = new Map<string, string>();

  /** The folder with the headers, or undefined. */
  static find(): string | undefined {
    return FOLDERS.find((folder) => existsSync(join(folder, 'winsock2.h')));
  }

  constructor(folder: string) {
    for (const file of FILES.filter((name) => existsSync(join(folder, name)))) {
      const text = readFileSync(join(folder, file), 'latin1').replace(/\/\*[\s\S]*?\*\//g, ' ');
      for (const [, name = '', value = ''] of text.matchAll(/^[ \t]*#[ \t]*define[ \t]+(\w+)[ \t]+(.+)$/gm)) {
        if (!this.#defines.has(name)) this.#defines.set(name, value.replace(/\/\/.*$/, '').trim());
      }
    }
  }

  /** The number of a constant as an unsigned 32-bit integer; undefined for an unknown name. */
  valueOf(name: string): number | undefined {
    const text = this.#defines.get(name);
    return text === undefined ? undefined : this.#evaluate(text) >>> 0;
  }

  #evaluate(text: string): number {
    const tokens: string[] = [];
    TOKEN.lastIndex = 0;
    while (TOKEN.lastIndex < text.length) {
      const at = TOKEN.lastIndex;
      const token = TOKEN.exec(text)?.[1];
      if (token === undefined) throw new Error(`cannot read ${JSON.stringify(text.slice(at))}`);
      tokens.push(token);
    }
    const next = (): string => tokens.shift() ?? '';
    const expect = (token: string): void => {
      const found = next();
      if (found !== token) throw new Error(`${token} expected, ${found} found in ${text}`);
    };
    const arguments_ = (): string[] => {
      expect('(');
      const list = [''];
      for (let token = next(); token !== ')'; token = next()) {
        if (token === '') throw new Error(`no end of the arguments in ${text}`);
        if (token === ',') list.push('');
        else list[list.length - 1] += ` ${token}`;
      }
      return list;
    };
    const number = (argument: string | undefined): number => this.#evaluate((argument ?? '').trim());
    const macro = (name: string): number | undefined => {
      const parameter = IOC_IN_OR_OUT[name];
      if (parameter !== undefined) {
        const [group, code] = arguments_();
        const size = name.startsWith('_WSA') ? 0 : U_LONG_BYTES << 16;
        const shift = name.startsWith('_WSA') ? 0 : 8;
        return parameter | size | (number(group) << shift) | number(code);
      }
      if (name !== '__MINGW_NAME_AW') return undefined;
      return this.valueOf(`${arguments_()[0]?.trim()}W`);
    };
    const unary = (): number => {
      const token = next();
      if (token === '~') return ~unary();
      if (token === '-') return -unary();
      if (token === '(') {
        if (tokens[0] === 'int' && tokens[1] === ')') {
          tokens.splice(0, 2);
          return unary();
        }
        const inner = or();
        expect(')');
        return inner;
      }
      if (token.startsWith("'")) return token.charCodeAt(1);
      if (/^\d/.test(token)) return Number(token);
      const value = macro(token) ?? this.valueOf(token);
      if (value === undefined) throw new Error(`${token || 'nothing'} has no value in ${text}`);
      return value;
    };
    const shift = (): number => {
      let value = unary();
      while (tokens[0] === '<<') {
        next();
        value <<= unary();
      }
      return value;
    };
    const or = (): number => {
      let value = shift();
      while (tokens[0] === '|') {
        next();
        value |= shift();
      }
      return value;
    };
    const value = or();
    if (tokens.length > 0) throw new Error(`${tokens.join(' ')} is left of ${text}`);
    return value;
  }
}

/** The macros for ioctl codes, by their direction. */
const IOC_IN_OR_OUT: Readonly<Record<string, number>> = {
  _IOR: 0x40000000,
  _IOW: 0x80000000,
  _WSAIO: 0x20000000,
  _WSAIOR: 0x40000000,
  _WSAIOW: 0x80000000,
  _WSAIORW: 0xc0000000,
};
