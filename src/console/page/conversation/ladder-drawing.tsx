import type { Ladder } from '../../model/ladder.js';
import { columnX, lineOf, ROW_HEIGHT, rowY, type Shown } from './ladder-geometry.js';

/** What is said beside an arrow whose call does not say it. */
const NAMES: Readonly<Record<string, string>> = { syn: 'SYN', end: 'end', reset: 'reset' };

/** The lines behind the rows. They say nothing that the texts of the rows do not say. */
export const LadderDrawing = ({ ladder, shown, width }: { ladder: Ladder; shown: Shown; width: number }) => {
  const { from, rows, arrows } = shown;
  const height = rows.length * ROW_HEIGHT;
  return (
    <svg class="ladder-drawing" width={width} height={height} aria-hidden="true">
      {ladder.columns.map((column, index) => {
        const socket = column.kind === 'socket';
        const top = socket ? Math.max(0, rowY(column.firstRow, from)) : 0;
        const bottom = socket && column.lastRow !== undefined ? rowY(column.lastRow, from) : height;
        if (bottom <= top) return null;
        const x = columnX(index);
        const kind = socket ? 'ladder-life' : 'ladder-life ladder-unseen';
        return <line key={`life ${index}`} class={kind} x1={x} x2={x} y1={top} y2={bottom} />;
      })}
      {rows.map(({ index, beganRow, column }) => {
        if (column === undefined || beganRow >= index) return null;
        const x = columnX(column);
        const top = Math.max(0, rowY(beganRow, from));
        return (
          <line key={`wait ${index}`} class="ladder-wait" x1={x} x2={x} y1={top} y2={rowY(index, from)} />
        );
      })}
      {arrows.map((arrow, place) => {
        const { kind, seen, x1, y1, x2, y2, head } = lineOf(arrow, ladder, from);
        const name = NAMES[kind];
        return (
          <g key={place} class={`ladder-arrow ladder-${kind}${seen ? '' : ' ladder-unseen'}`}>
            <line x1={x1} y1={y1} x2={x2} y2={y2} />
            <polyline points={head} />
            {name !== undefined && (
              <text x={(x1 + x2) / 2} y={(y1 + y2) / 2 - 4}>
                {name}
              </text>
            )}
          </g>
        );
      })}
    </svg>
  );
};
