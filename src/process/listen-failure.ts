/**
 * Turns a failure to listen into an Error of one line for the user.
 *
 * @param error the error of listen, with its address; an unknown code is returned unchanged
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
      return new Error(
        `${where} is taken by another program, or by a winsockd that already runs; WINSOCKD_PORT sets another port`,
      );
    case 'EACCES':
      return new Error(
        `${where}: the system does not permit listening there${platform === 'win32' ? RANGES : ''}`,
      );
    case 'EADDRNOTAVAIL':
      return new Error(`${where}: this machine has no such address`);
    default:
      return error;
  }
};

/** Windows reserves ranges of ports, mainly for virtual machines, and chooses new ones at each start. */
const RANGES =
  '; "netsh interface ipv4 show excludedportrange protocol=tcp" lists the ports that Windows reserves, ' +
  'WINSOCKD_PORT sets another';
