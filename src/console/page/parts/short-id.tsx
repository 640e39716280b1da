/** The end of an id, which tells it from others; the whole id on request. */
export const ShortId = ({ id }: { id: string }) => (
  <code class="id" title={id}>
    …{id.slice(-5)}
  </code>
);
