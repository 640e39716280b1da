/**
 * Why the daemon cannot listen, in one line for whoever starts it.
 *
 * @param error what listen failed with, and at which address; one whose code is not known comes back as it is
 */
export const listenFailure = (
  error: unknown,
  { host, port }: { readonly host: string; readonly port: number },
  platform: NodeJS.Platform = process.platform,
): unknown => {
  const { code, address = host } = Object(error) as { code?: unknown; address?: unknown };
  const where = `${address} port ${port}`;
  switch (code) {
    case 'EADDRINUSE':
      return new Error(`${where} is taken by another program; configure another port`);
    case 'EACCES':
      return new Error(
        `${where}: the system does not allow to listen there${platform === 'win32' ? RANGES : ''}`,
      );
    case 'EADDRNOTAVAIL':
      return new Error(`${where}: this machine has no such address`);
    default:
      return error;
  }
};

/** Windows keeps ranges of ports back, for virtual machines above all, and other ones after each start. */
const RANGES =
  '; "netsh interface ipv4 show excludedportrange protocol=tcp" lists the ports that Windows keeps back, WINSOCKD_PORT sets another';
