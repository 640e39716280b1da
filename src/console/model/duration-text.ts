/** Milliseconds as people write them: `300 ms`, `2.5 s`, `1 min 5 s`, `2 h`. */
export const durationText = (ms: number): string => {
  if (ms < 1000) return `${ms} ms`;
  const [hours, minutes, seconds] = [
    Math.floor(ms / 3_600_000),
    Math.floor(ms / 60_000) % 60,
    (ms / 1000) % 60,
  ];
  const parts = [
    hours > 0 && `${hours.toLocaleString('en')} h`,
    minutes > 0 && `${minutes} min`,
    seconds > 0 && `${seconds.toLocaleString('en', { maximumFractionDigits: 3 })} s`,
  ];
  return parts.filter((part) => part !== false).join(' ');
};
