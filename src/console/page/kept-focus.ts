/**
 * Keeps the focus in the page when the element that has it goes away, such as the button of a socket that was
 * closed: the browser would begin again at the top of the page. It goes to the content, as after a link.
 */
export const keepFocus = (root: HTMLElement): void => {
  let last: EventTarget | null = null;
  root.addEventListener('focusin', ({ target }) => {
    last = target;
  });
  const observer = new MutationObserver(() => {
    const isLost = document.activeElement === document.body && last instanceof Node && !last.isConnected;
    if (isLost) document.getElementById('main-content')?.focus({ preventScroll: true });
  });
  observer.observe(root, { childList: true, subtree: true });
};
