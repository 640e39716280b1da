/** Linux numbers of the families; AF_INET6 is 23 on Windows. */
export const LINUX_FAMILY = { AF_UNSPEC: 0, AF_UNIX: 1, AF_INET: 2, AF_INET6: 10 } as const;
