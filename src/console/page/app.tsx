import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { AboutMe } from './connection/daemon-link.js';
import { ConversationView } from './conversation/conversation-view.js';
import { LastCall } from './last-call/last-call.js';
import { LessonView } from './lessons/lesson-view.js';
import { LessonsView } from './lessons/lessons-view.js';
import { useLink } from './link-context.js';
import { NetworkView } from './network/network-view.js';
import { Banners } from './parts/banners.js';
import { fragmentOf, type Place, place, titleOf } from './place.js';
import { RigView } from './rig/rig-view.js';
import { SignIn } from './sign-in/sign-in.js';
import { SocketView } from './socket/socket-view.js';

const VIEWS: readonly { readonly to: Place; readonly label: string; readonly covers: readonly string[] }[] = [
  { to: { view: 'rig' }, label: 'Rig', covers: ['rig', 'socket'] },
  { to: { view: 'conversation', socketIds: [] }, label: 'Conversation', covers: ['conversation'] },
  { to: { view: 'network' }, label: 'Network', covers: ['network'] },
  { to: { view: 'lessons' }, label: 'Lessons', covers: ['lessons', 'lesson'] },
];

/** The page: the form to sign in, or the views beside the last call. */
export const App = () => {
  const status = useLink().status.value;
  const title = status.kind === 'signedOut' ? 'winsockd' : `${titleOf(place.value)} - winsockd`;
  useEffect(() => {
    document.title = title;
  }, [title]);
  if (status.kind === 'signedOut') return <SignIn problem={status.problem} />;
  return (
    <>
      <button type="button" class="skip" onClick={focusMain}>
        Skip to the content
      </button>
      <Header />
      <Banners />
      <div class="columns">
        <Main />
        <LastCall />
      </div>
    </>
  );
};

const focusMain = (): void => document.getElementById('main-content')?.focus();

const Header = () => {
  const link = useLink();
  const status = link.status.value;
  const { view } = place.value;
  return (
    <header class="top">
      <span class="brand">winsockd</span>
      <nav aria-label="Views">
        {VIEWS.map(({ to, label, covers }) => (
          <a key={label} href={fragmentOf(to)} aria-current={covers.includes(view) ? 'page' : undefined}>
            {label}
          </a>
        ))}
        <a href="/docs" target="_blank" rel="noreferrer">
          Reference
        </a>
      </nav>
      <span class="spacer" />
      {status.kind === 'open' ? <Owner about={status.about} /> : <span>connecting …</span>}
      <button type="button" onClick={() => link.signOut()}>
        Sign out
      </button>
    </header>
  );
};

const Owner = ({ about }: { about: AboutMe }) => (
  <span class="owner">
    as <strong>{about.owner ?? 'owner of the token'}</strong> on {location.host}, version {about.version}
  </span>
);

/** The view of the place. A change of the place puts the focus there, as a new page would. */
const Main = () => {
  const main = useRef<HTMLElement>(null);
  const fragment = fragmentOf(place.value);
  const shown = useRef(fragment);
  useEffect(() => {
    if (shown.current === fragment) return;
    shown.current = fragment;
    main.current?.focus({ preventScroll: true });
    main.current?.scrollTo(0, 0);
  }, [fragment]);
  return (
    <main id="main-content" tabIndex={-1} data-view={place.value.view} ref={main}>
      <View />
    </main>
  );
};

/**
 * The view alone, as a component. An element such as main keeps its first children, and with them what a view
 * that draws itself again has drawn before: the memory of the tab would grow with every change of the rig.
 */
const View = () => viewOf(place.value);

const viewOf = (shown: Place): ComponentChildren => {
  switch (shown.view) {
    case 'socket':
      return <SocketView key={shown.socketId} socketId={shown.socketId} />;
    case 'conversation':
      return <ConversationView key={shown.socketIds.join()} socketIds={shown.socketIds} />;
    case 'network':
      return <NetworkView sessionId={shown.sessionId} />;
    case 'lessons':
      return <LessonsView />;
    case 'lesson':
      return <LessonView key={shown.id} id={shown.id} />;
    default:
      return <RigView />;
  }
};
