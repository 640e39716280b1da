import { useMemo } from 'preact/hooks';
import type { Arrow, Column, Ladder, Row } from '../../model/ladder.js';
import { LadderDrawing } from './ladder-drawing.js';
import { CALL_WIDTH, COLUMN_WIDTH, columnX, ROW_HEIGHT, shownOf, TIME_WIDTH } from './ladder-geometry.js';
import { arrowsText, faultText, gapText, placeText, timeText } from './ladder-texts.js';
import './ladder-view.css';

export interface LadderViewProps {
  readonly ladder: Ladder;
  /** The first row that is shown. */
  readonly from: number;
  /** How many rows are shown. */
  readonly count: number;
  /** The index of the selected row. */
  readonly selectedRow: number | undefined;
  readonly onSelect: (row: number) => void;
}

/** A window of a ladder: its rows are a list of buttons, and the lines between them are drawn behind. */
export const LadderView = ({ ladder, from, count, selectedRow, onSelect }: LadderViewProps) => {
  const shown = useMemo(() => shownOf(ladder, from, count), [ladder, from, count]);
  const { columns } = ladder;
  const width = TIME_WIDTH + columns.length * COLUMN_WIDTH;
  return (
    <div class="ladder-box">
      <div class="ladder" style={{ width: `${width}px` }}>
        <ul class="ladder-head" aria-label="Columns">
          {columns.map((column, index) => (
            <ColumnHead key={index} column={column} at={index} />
          ))}
        </ul>
        <div class="ladder-body">
          <LadderDrawing ladder={ladder} shown={shown} width={width} />
          <ol class="ladder-rows" start={from + 1} aria-label="Calls">
            {shown.rows.map((row) => (
              <LadderRow
                key={row.index}
                row={row}
                columns={columns}
                arrows={shown.arrows}
                isSelected={row.index === selectedRow}
                onSelect={onSelect}
              />
            ))}
          </ol>
        </div>
      </div>
      {shown.arrowsLeftOut > 0 && (
        <p class="ladder-note">{shown.arrowsLeftOut.toLocaleString('en')} more arrows are not drawn.</p>
      )}
    </div>
  );
};

const ColumnHead = ({ column, at }: { column: Column; at: number }) => (
  <li
    class={column.kind === 'foreign' ? 'ladder-column ladder-foreign' : 'ladder-column'}
    style={{ left: `${columnX(at) - COLUMN_WIDTH / 2}px`, width: `${COLUMN_WIDTH}px` }}
    title={column.label}
  >
    <span class="ladder-name">{column.label}</span>
    <span class="ladder-kind">
      {column.kind === 'foreign' ? 'not seen' : `${column.provider}, ${column.type}`}
    </span>
  </li>
);

interface LadderRowProps {
  readonly row: Row;
  readonly columns: readonly Column[];
  readonly arrows: readonly Arrow[];
  readonly isSelected: boolean;
  readonly onSelect: (row: number) => void;
}

const LadderRow = ({ row, columns, arrows, isSelected, onSelect }: LadderRowProps) => {
  const { index, column, label, outcome } = row;
  const fault = faultText(row);
  const where = arrowsText(row, arrows, columns);
  const place =
    column === undefined
      ? { left: `${TIME_WIDTH}px`, right: '8px' }
      : { left: `${columnX(column) - CALL_WIDTH / 2}px`, width: `${CALL_WIDTH}px` };
  const classes = ['ladder-call', `ladder-${outcome}`];
  if (column === undefined) classes.push('ladder-session');
  if (fault !== '') classes.push('ladder-faulted');
  if (row.wentBack) classes.push('ladder-back');
  return (
    <li class="ladder-row" style={{ height: `${ROW_HEIGHT}px` }}>
      <span class="ladder-time">
        {timeText(row)} <small>{gapText(row)}</small>
      </span>
      <button
        type="button"
        class={classes.join(' ')}
        style={place}
        title={fault === '' ? label : `${label}; ${fault}`}
        aria-current={isSelected ? 'true' : undefined}
        onClick={() => onSelect(index)}
      >
        <span class="hidden">{placeText(row, columns)}: </span>
        <span class="ladder-label">{label}</span>
        {fault !== '' && (
          <span class="ladder-fault">
            fault<span class="hidden">: {fault}</span>
          </span>
        )}
        {where !== '' && <span class="hidden">; {where}</span>}
      </button>
    </li>
  );
};
