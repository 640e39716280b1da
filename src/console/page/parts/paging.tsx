import type { ListPage } from './use-page.js';

/** Leads through the pages of a long list; nothing if it has one page. @param of what is listed, in plural */
export const Paging = ({ of, page: { from, size, total, goTo } }: { of: string; page: ListPage }) => {
  if (total <= size) return null;
  return (
    <nav class="paging" aria-label={`Pages of ${of}`}>
      <button type="button" disabled={from === 0} onClick={() => goTo(Math.max(0, from - size))}>
        Previous
      </button>
      <span>
        {from + 1} to {Math.min(total, from + size)} of {total.toLocaleString('en')} {of}
      </span>
      <button type="button" disabled={from + size >= total} onClick={() => goTo(from + size)}>
        Next
      </button>
    </nav>
  );
};
