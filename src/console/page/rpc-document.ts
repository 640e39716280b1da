import { signal } from '@preact/signals';
import type { Method, RpcDocument } from '../model/forms.js';

/** The daemon's own description of all calls; undefined until it is loaded. */
export const rpcDocument = signal<RpcDocument | undefined>(undefined);

/** Loads the description; it needs no token. Without an answer the page keeps the one that it has. */
export const loadRpcDocument = async (): Promise<void> => {
  try {
    const response = await fetch('/openrpc.json', { credentials: 'omit' });
    // The part of the OpenRPC document that the page reads.
    if (response.ok) rpcDocument.value = (await response.json()) as RpcDocument;
  } catch (error) {
    // The next connection loads it.
    if (!(error instanceof TypeError)) throw error;
  }
};

/** The description of one call. */
export const methodOf = (operation: string): Method | undefined =>
  rpcDocument.value?.methods.find(({ name }) => name === operation);
