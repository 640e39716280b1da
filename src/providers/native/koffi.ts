import koffi from 'koffi';

export type { LibraryHandle } from 'koffi';

/**
 * koffi as everything here has it: imported from this file alone, because its configuration cannot change once a
 * library was loaded.
 *
 * A call on a thread of the pool runs on a stack of koffi's own, of 128 KiB unless it is told otherwise. A resolver
 * runs code of others there: namespace providers on Windows (VPN clients, Bonjour, security software), NSS modules on
 * Linux. They are made for the 1 MiB that a thread of Windows has.
 *
 * @see https://koffi.dev/misc#memory-usage
 */
koffi.config({ async_stack_size: 1 << 20 });

export default koffi;
