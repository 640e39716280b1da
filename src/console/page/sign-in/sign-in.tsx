import { useState } from 'preact/hooks';
import type { Problem } from '../../model/types.js';
import { useLink } from '../link-context.js';

/** Asks for the token, and says how to get it. @param problem why the last token was refused */
export const SignIn = ({ problem }: { problem?: Problem | undefined }) => {
  const link = useLink();
  const [token, setToken] = useState('');
  const signIn = (event: Event): void => {
    event.preventDefault();
    const entered = token.trim();
    // A person may paste the address that the daemon prints as a whole.
    const inAddress = new URLSearchParams(entered.split('#')[1]).get('token');
    if (entered !== '') link.signIn(inAddress ?? entered);
  };
  return (
    <main class="sign-in" id="main-content" tabIndex={-1}>
      <h1>winsockd</h1>
      <p>The lab of this daemon: make sockets, drive them, and see what they do.</p>
      {problem && <Refused problem={problem} />}
      <h2>Sign in</h2>
      <p>
        Run <code>winsockd url</code> on the machine of the daemon, in its checkout{' '}
        <code>npm start -- url</code>. It prints the address of this page with the token. Open that address,
        or enter it or the token here:
      </p>
      <form onSubmit={signIn}>
        <label for="token">Token</label>
        <input
          id="token"
          type="password"
          autocomplete="off"
          spellcheck={false}
          value={token}
          onInput={({ currentTarget }) => setToken(currentTarget.value)}
        />
        <button type="submit" class="primary">
          Sign in
        </button>
      </form>
      <p class="muted">
        The token stays in this tab until you close it or sign out. The{' '}
        <a href="/docs">reference of all calls</a> needs none.
      </p>
    </main>
  );
};

const Refused = ({ problem }: { problem: Problem }) => (
  <section class="banner bad" role="alert">
    <strong>
      {problem.status > 0 && problem.status} {problem.title}
    </strong>
    <p>{problem.detail}</p>
  </section>
);
