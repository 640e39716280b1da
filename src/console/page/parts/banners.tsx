import { useLink } from '../link-context.js';

/** What the person must know about the connection: it is lost, the daemon was restarted, a link has a token. */
export const Banners = () => {
  const link = useLink();
  const status = link.status.value;
  const restartedAt = link.restartedAt.value;
  return (
    <div aria-live="polite">
      {status.kind === 'lost' && (
        <section class="banner bad">
          <p>{status.why} The page tries again until it does. Calls fail meanwhile.</p>
        </section>
      )}
      {restartedAt !== undefined && (
        <section class="banner">
          <p>
            The daemon was started again at {new Date(restartedAt).toLocaleTimeString()}. The sessions and
            sockets of its earlier run are gone; begin a new session.
          </p>
          <button type="button" onClick={() => (link.restartedAt.value = undefined)}>
            Understood
          </button>
        </section>
      )}
      {link.notice.value !== undefined && (
        <section class="banner bad">
          <p>{link.notice.value}</p>
          <button
            type="button"
            onClick={() => {
              link.notice.value = undefined;
            }}
          >
            Understood
          </button>
        </section>
      )}
      {link.otherToken.value !== undefined && <OtherToken token={link.otherToken.value} />}
    </div>
  );
};

const OtherToken = ({ token }: { token: string }) => {
  const link = useLink();
  return (
    <section class="banner" role="alert">
      <p>The link that you have opened has another token. This tab is signed in already.</p>
      <button type="button" onClick={() => (link.otherToken.value = undefined)}>
        Stay signed in as before
      </button>
      <button type="button" onClick={() => link.signIn(token)}>
        Sign in with the link's token
      </button>
    </section>
  );
};
