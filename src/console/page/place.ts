import { signal } from '@preact/signals';

/** What the page shows. It stands in the fragment of the address, so that a reload keeps it. */
export type Place =
  | { readonly view: 'rig' }
  | { readonly view: 'socket'; readonly socketId: string }
  | { readonly view: 'conversation'; readonly socketIds: readonly string[] }
  | { readonly view: 'network'; readonly sessionId?: string }
  | { readonly view: 'lessons' }
  | { readonly view: 'lesson'; readonly id: string };

/** The place that a fragment names; the rig if it names none. */
export const placeIn = (fragment: string): Place => {
  const parts = new URLSearchParams(fragment.replace(/^#/, ''));
  const [name = '', value = ''] = [...parts][0] ?? [];
  if (name === 'socket') return { view: 'socket', socketId: value };
  if (name === 'conversation') {
    return { view: 'conversation', socketIds: value.split(',').filter((id) => id !== '') };
  }
  if (name === 'network') return value === '' ? { view: 'network' } : { view: 'network', sessionId: value };
  if (name === 'lessons') return { view: 'lessons' };
  return name === 'lesson' ? { view: 'lesson', id: value } : { view: 'rig' };
};

/** The fragment of a place. */
export const fragmentOf = (place: Place): string => {
  switch (place.view) {
    case 'socket':
      return `#socket=${place.socketId}`;
    case 'conversation':
      return `#conversation=${place.socketIds.join(',')}`;
    case 'network':
      return place.sessionId === undefined ? '#network' : `#network=${place.sessionId}`;
    case 'lesson':
      return `#lesson=${place.id}`;
    default:
      return `#${place.view}`;
  }
};

/** The place that the page shows now. */
export const place = signal<Place>(placeIn(location.hash));

/** Goes to a place, as a link does. */
export const go = (to: Place): void => {
  location.hash = fragmentOf(to);
};
