import koffi from 'koffi';

export type { LibraryHandle } from 'koffi';

/**
 * The configured koffi. No other file imports koffi itself, because its configuration cannot change after a
 * library was loaded.
 *
 * An asynchronous call runs on a stack that koffi allocates, by default 128 KiB. A resolver runs foreign
 * code on it: namespace providers on Windows (VPN clients, Bonjour, security software), NSS modules on Linux.
 * They expect the 1 MiB of an ordinary Windows thread.
 *
 * @see https://koffi.dev/misc#memory-usage
 */
koffi.config({ async_stack_size: 1 << 20 });

export default koffi;
