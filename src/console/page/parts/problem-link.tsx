/** The daemon's page of an error, in another tab: to leave this page would end its calls. */
export const ProblemLink = ({ name }: { name: string }) => (
  <a href={`/problems/${encodeURIComponent(name)}`} target="_blank" rel="noreferrer">
    {name}
  </a>
);
