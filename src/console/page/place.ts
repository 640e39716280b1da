import { signal } from '@preact/signals';

/** What the page shows. It stands in the fragment of the address, so that a reload keeps it. */
export type Place =
  | { readonly view: 'rig' }
  | { readonly view: 'socket'; readonly socketId: string }
  | { readonly view: 'conversation'; readonly socketIds: readonly string[] }
  | { readonly view: 'network'; readonly sessionId?: string }
  | { readonly view: 'lessons' }
  | { readonly view: 'lesson'; readonly id: string };

/** The most sockets side by side in a conversation. */
export const MOST_SIDE_BY_SIDE = 8;

/** The place that a fragment names; the rig if it names none. */
export const placeIn = (fragment: string): Place => {
  const parts = new URLSearchParams(fragment.replace(/^#/, ''));
  const [name = '', value = ''] = [...parts][0] ?? [];
  if (name === 'socket') return { view: 'socket', socketId: value };
  if (name === 'conversation') {
    const socketIds = [...new Set(value.split(','))].filter((id) => id !== '').slice(0, MOST_SIDE_BY_SIDE);
    return { view: 'conversation', socketIds };
  }
  if (name === 'network') return value === '' ? { view: 'network' } : { view: 'network', sessionId: value };
  if (name === 'lessons') return { view: 'lessons' };
  return name === 'lesson' ? { view: 'lesson', id: value } : { view: 'rig' };
};

/** The fragment of a place: placeIn gives the place again. */
export const fragmentOf = (place: Place): string => {
  switch (place.view) {
    case 'socket':
      return `#socket=${encodeURIComponent(place.socketId)}`;
    case 'conversation':
      return `#conversation=${place.socketIds.map(encodeURIComponent).join(',')}`;
    case 'network':
      return place.sessionId === undefined ? '#network' : `#network=${encodeURIComponent(place.sessionId)}`;
    case 'lesson':
      return `#lesson=${encodeURIComponent(place.id)}`;
    default:
      return `#${place.view}`;
  }
};

/** What the tab and the history of the browser call a place. */
export const titleOf = (place: Place): string => {
  switch (place.view) {
    case 'socket':
      return `Socket …${place.socketId.slice(-5)}`;
    case 'conversation':
      return 'Conversation';
    case 'network':
      return place.sessionId === undefined ? 'Network' : `Network …${place.sessionId.slice(-5)}`;
    case 'lessons':
      return 'Lessons';
    case 'lesson':
      return `Lesson ${place.id}`;
    default:
      return 'Rig';
  }
};

/** The place that the page shows now. */
export const place = signal<Place>(placeIn(location.hash));

/** Goes to a place, as a link does. */
export const go = (to: Place): void => {
  location.hash = fragmentOf(to);
};
