/** The rows of a ladder in words, for those who do not see its lines. */
import type { Arrow, Column, Row } from '../../model/ladder.js';

/** The most arrows that the text of a row names. */
const MOST_NAMED = 5;

const CLOCK = new Intl.DateTimeFormat('en-GB', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  fractionalSecondDigits: 3,
});

/** The time of a row by the clock of the reader. */
export const timeText = ({ atMs }: Row): string => CLOCK.format(atMs);

/** The time since the row before. */
export const gapText = ({ gapMs }: Row): string => {
  if (gapMs >= 1000) return `+${(gapMs / 1000).toFixed(2)} s`;
  return `+${gapMs >= 1 ? gapMs.toFixed(1) : gapMs.toFixed(3)} ms`;
};

const labelAt = (columns: readonly Column[], column: number): string => columns[column]?.label ?? '';

/** Where a row is. */
export const placeText = ({ column, createdColumn }: Row, columns: readonly Column[]): string => {
  if (column === undefined) return 'the session';
  const made = createdColumn === undefined ? '' : `, made ${labelAt(columns, createdColumn)}`;
  return `${labelAt(columns, column)}${made}`;
};

/** What faults have done to a call. */
export const faultText = ({ faults, invented }: Row): string => {
  if (invented) return `answer made by fault ${invented.faultId} (${invented.effect})`;
  return faults.length === 0 ? '' : `fault ${faults.join(', ')} acted on it`;
};

/** Where the arrows of a row go and come from. */
export const arrowsText = (
  { index, column, createdColumn }: Row,
  arrows: readonly Arrow[],
  columns: readonly Column[],
): string => {
  const texts: string[] = [];
  let left = 0;
  const say = (text: string): void => {
    if (texts.length < MOST_NAMED) texts.push(text);
    else left++;
  };
  for (const { fromColumn, fromRow, toColumn, toRow, seen, label } of arrows) {
    const arrives = toRow === index && (toColumn === column || toColumn === createdColumn);
    if (arrives) {
      const when = seen ? `, row ${fromRow + 1}` : ', whose call is not seen';
      say(`${label} from ${labelAt(columns, fromColumn)}${when}`);
    } else if (fromRow === index) {
      const when = toRow === undefined ? ', not seen to arrive' : `, row ${toRow + 1}`;
      say(`${label} to ${labelAt(columns, toColumn)}${when}`);
    }
  }
  return left > 0 ? `${texts.join('; ')}; and ${left} more` : texts.join('; ');
};
