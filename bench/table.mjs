/** @param {ReturnType<import('./rows.mjs').figuresOf>[]} rows */
export function table(rows) {
  return [
    '| row | unit | winsockd | compared with | | ratio | goal |',
    '|---|---|---|---|---|---|---|',
    ...rows.map(line),
    '',
  ].join('\n');
}

function line({ name, unit, ours, against = '', theirs, ratio, atMost, atLeast }) {
  const goal = atMost !== undefined ? `<= ${atMost}` : atLeast !== undefined ? `>= ${atLeast}` : '';
  const cells = [
    name,
    unit,
    short(ours.median),
    against,
    theirs ? short(theirs.median) : '',
    withSpread(ratio),
    goal,
  ];
  return `| ${cells.join(' | ')} |`;
}

const withSpread = (ratio) =>
  ratio ? `**${short(ratio.median)}** (${short(ratio.min)}-${short(ratio.max)})` : '';

/** Three significant digits are more than the precision of the machine. */
function short(value) {
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString('en');
  return String(Number(value.toPrecision(3)));
}
