import { type Refusal, refuse } from '../../daemon/answers/refusals.js';
import type { Gate } from './gate.js';

const denied = (what: string): Refusal =>
  refuse('origin-denied', `${what}; configure allowedOrigins if that page should be answered.`);

const FOREIGN_ORIGIN = denied('The Origin is not that of this daemon');

/**
 * Refuses requests of web pages of other origins. The Origin or, without one, the Referer must be the
 * daemon's own origin (its scheme, and the Host that the Host gate accepted) or an allowed one. Unless it is
 * an allowed one, Sec-Fetch-Site must be absent, `same-origin` or `none`. Programs send none of these fields
 * and pass.
 *
 * @param tls whether the daemon's own scheme is https
 * @param allowedOrigins exact origins, for example `https://rig.example:8443`
 */
export const originGate = (tls: boolean, allowedOrigins: readonly string[]): Gate => {
  const scheme = tls ? 'https' : 'http';
  const allowed = new Set(allowedOrigins);
  return (request) => {
    const { origin, referer } = request.headers;
    const fetchSite = request.headers['sec-fetch-site'];
    if (origin === undefined && referer === undefined && fetchSite === undefined) return undefined;

    const own = `${scheme}://${(request.headers.host ?? '').toLowerCase()}`;
    if (origin !== undefined) {
      if (allowed.has(origin)) return undefined;
      if (origin !== own) return FOREIGN_ORIGIN;
    } else if (referer !== undefined) {
      const from = originOf(referer);
      if (from !== undefined && allowed.has(from)) return undefined;
      if (from !== own) return denied('The Referer is of another origin');
    }
    if (fetchSite !== undefined && fetchSite !== 'same-origin' && fetchSite !== 'none') {
      return denied('The browser says that a page of another site asks (Sec-Fetch-Site)');
    }
    return undefined;
  };
};

const originOf = (url: string): string | undefined => (URL.canParse(url) ? new URL(url).origin : undefined);
