/**
 * @typedef {object} Row what a part compares
 * @property {string} name
 * @property {string} unit of both figures
 * @property {(round: object) => number} ours
 * @property {string} [against] what the other figure is
 * @property {(round: object) => number} [theirs]
 * @property {number} [atMost] the goal: of the ratio, or of the figure where there is none
 * @property {number} [atLeast]
 */

/**
 * The figures of a row. Each round has a ratio; the table has the median of these, not the ratio of medians.
 *
 * @param {Row} row
 * @param {object[]} rounds
 */
export function figuresOf({ name, unit, ours, against, theirs, atMost, atLeast }, rounds) {
  const us = rounds.map(ours);
  const others = theirs && rounds.map(theirs);
  return {
    name,
    unit,
    ours: spread(us),
    ...(others && {
      against,
      theirs: spread(others),
      ratio: spread(us.map((value, i) => value / others[i])),
    }),
    ...(atMost !== undefined && { atMost }),
    ...(atLeast !== undefined && { atLeast }),
  };
}

/** @param {number[]} values */
export function spread(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const median = (sorted[Math.ceil(middle) - 1] + sorted[Math.floor(middle)]) / 2;
  return { median, min: sorted[0], max: sorted.at(-1), values };
}
