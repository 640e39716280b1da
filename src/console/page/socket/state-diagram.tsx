import { useEffect, useRef } from 'preact/hooks';
import {
  type Arrow,
  DIAGRAMS,
  kindOf,
  type Place,
  type PlaceName,
  placeOf,
  type WayStep,
  wayOf,
} from '../../model/socket-states.js';
import type { SocketInfo } from '../../model/types.js';
import { useLink } from '../link-context.js';

/** Distances of the drawing, in its own units. */
const COLUMN = 152;
const ROW = 78;
const WIDTH = 104;
const HEIGHT = 34;

/** The states of Winsock with this socket's place and its way there, as far as the journal knows it. */
export const StateDiagram = ({ socket }: { socket: SocketInfo }) => {
  const link = useLink();
  link.version.value;
  const kind = kindOf(socket);
  const { places, arrows, columns, rows, fromEverywhere } = DIAGRAMS[kind];
  const here = placeOf(socket);
  const way = wayOf(link.rig.value.callsOf(new Set([socket.socketId])), socket.socketId, kind);
  const visited = new Set(way.map(({ place }) => place));
  const byName = new Map(places.map((place) => [place.name, place]));
  const now = byName.get(here);
  const box = useRef<HTMLDivElement>(null);
  const middle = ((now?.column ?? 0) + 0.5) / columns;
  // In a narrow window the drawing scrolls: to the place where the socket is.
  useEffect(() => {
    if (box.current) box.current.scrollLeft = middle * box.current.scrollWidth - box.current.clientWidth / 2;
  }, [middle]);
  return (
    <figure class="states">
      <div class="wide" ref={box}>
        <svg
          role="img"
          aria-label={`States of a ${kind} socket. This one is ${now?.label}. ${wayText(way, byName)}`}
          viewBox={`-56 -24 ${(columns - 1) * COLUMN + 112} ${(rows - 1) * ROW + 48}`}
        >
          <Head id="states-head" />
          {arrows.map((arrow) => (
            <ArrowLine
              key={`${arrow.from} ${arrow.to}`}
              arrow={arrow}
              from={byName.get(arrow.from)}
              to={byName.get(arrow.to)}
              wasGone={wasGone(way, arrow)}
            />
          ))}
          {places.map((place) => (
            <PlaceBox
              key={place.name}
              place={place}
              isHere={place.name === here}
              wasHere={visited.has(place.name)}
            />
          ))}
        </svg>
      </div>
      <figcaption>
        <strong>{now?.label}</strong>: {now?.meaning} {wayText(way, byName)}{' '}
        <span class="muted">From every state, {fromEverywhere.calls.join(', ')} lead to closed.</span>
      </figcaption>
    </figure>
  );
};

const Head = ({ id }: { id: string }) => (
  <defs>
    <marker
      id={id}
      viewBox="0 0 8 8"
      refX="7"
      refY="4"
      markerWidth="9"
      markerHeight="9"
      markerUnits="userSpaceOnUse"
      orient="auto"
    >
      <path d="M0 0 8 4 0 8Z" class="states-head" />
    </marker>
  </defs>
);

const PlaceBox = ({ place, isHere, wasHere }: { place: Place; isHere: boolean; wasHere: boolean }) => (
  <g class={`states-place${isHere ? ' here' : wasHere ? ' visited' : ''}`}>
    <title>{place.meaning}</title>
    <rect
      x={place.column * COLUMN - WIDTH / 2}
      y={place.row * ROW - HEIGHT / 2}
      width={WIDTH}
      height={HEIGHT}
      rx="8"
    />
    <text x={place.column * COLUMN} y={place.row * ROW + 5} text-anchor="middle">
      {place.label}
    </text>
  </g>
);

const ArrowLine = ({
  arrow,
  from,
  to,
  wasGone: isBold,
}: {
  arrow: Arrow;
  from: Place | undefined;
  to: Place | undefined;
  wasGone: boolean;
}) => {
  if (!from || !to) return null;
  const [a, b] = ends(from, to);
  const label = arrow.calls[0] ?? '';
  return (
    <g class={`states-arrow${isBold ? ' gone' : ''}${arrow.isNewSocket ? ' new' : ''}`}>
      <title>{[...arrow.calls, arrow.event].filter((part) => part !== undefined).join(', ')}</title>
      <line x1={a.x} y1={a.y} x2={b.x} y2={b.y} marker-end="url(#states-head)" />
      {label !== '' && (
        <text x={(a.x + b.x) / 2} y={(a.y + b.y) / 2 - 4} text-anchor="middle">
          {label.split(' ')[0]}
        </text>
      )}
    </g>
  );
};

interface Point {
  readonly x: number;
  readonly y: number;
}

/** Where the line between two places meets their boxes. */
const ends = (from: Place, to: Place): readonly [Point, Point] => {
  const [a, b] = [centre(from), centre(to)];
  return [edge(a, b), edge(b, a)];
};

const centre = ({ column, row }: Place): Point => ({ x: column * COLUMN, y: row * ROW });

const edge = (of: Point, towards: Point): Point => {
  const [dx, dy] = [towards.x - of.x, towards.y - of.y];
  const scale = Math.min(
    dx === 0 ? Number.POSITIVE_INFINITY : (WIDTH / 2 + 2) / Math.abs(dx),
    dy === 0 ? Number.POSITIVE_INFINITY : (HEIGHT / 2 + 2) / Math.abs(dy),
  );
  return { x: of.x + dx * scale, y: of.y + dy * scale };
};

const wasGone = (way: readonly WayStep[], { from, to }: Arrow): boolean =>
  way.some(({ place }, i) => place === to && way[i - 1]?.place === from);

const wayText = (way: readonly WayStep[], byName: ReadonlyMap<PlaceName, Place>): string => {
  if (way.length < 2) return '';
  const steps = way
    .slice(1)
    .map(({ place, because }) => `by ${because.operation} ${byName.get(place)?.label}`);
  return `Its way: ${byName.get(way[0]?.place ?? 'fresh')?.label}, ${steps.join(', ')}.`;
};
