import { signal } from '@preact/signals';
import type { Method, RpcDocument } from '../model/forms.js';

/** The daemon's own description of all calls; undefined until it is loaded. */
export const rpcDocument = signal<RpcDocument | undefined>(undefined);

/** Loads the description; it needs no token. */
export const loadRpcDocument = async (): Promise<void> => {
  const response = await fetch('/openrpc.json', { credentials: 'omit' });
  if (response.ok) rpcDocument.value = (await response.json()) as RpcDocument;
};

/** The description of one call. */
export const methodOf = (operation: string): Method | undefined =>
  rpcDocument.value?.methods.find(({ name }) => name === operation);
