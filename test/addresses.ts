import type { InternetAddress } from '../src/winsock/addresses.js';

export const v4 = (address: string, port: number): InternetAddress => ({ family: 'AF_INET', address, port });
export const v6 = (address: string, port: number): InternetAddress => ({ family: 'AF_INET6', address, port });
