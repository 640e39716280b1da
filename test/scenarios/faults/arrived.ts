import { type TestDaemon, type TestSocket, until } from '../test-daemon.js';

/** Resolves when so many bytes wait in the provider, whether a fault holds them back or not. */
export const untilArrived = ({ app }: TestDaemon, { id }: TestSocket, bytes: number): Promise<void> =>
  until(() => {
    const waiting = app.daemon.sockets.find(id)?.use((provider, s) => provider.available(s));
    return waiting?.ok === true && waiting.value >= bytes;
  }, `${bytes} bytes have arrived`);
