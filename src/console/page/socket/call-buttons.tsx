import type { Method } from '../../model/forms.js';
import { decidingRule } from '../../model/predictions.js';
import type { SocketInfo } from '../../model/types.js';
import { useLink } from '../link-context.js';
import { rpcDocument } from '../rpc-document.js';

/** A button for each call of a socket, in the chapters of the reference; with the code that it would give. */
export const CallButtons = ({
  socket,
  open,
  onOpen,
}: {
  socket: SocketInfo;
  /** The call whose form is open. */
  open: string | undefined;
  onOpen: (operation: string) => void;
}) => {
  const startups = useLink().rig.value.sessions.get(socket.sessionId)?.info.startups ?? 1;
  const known = { startups };
  return (
    <div class="socket-calls">
      {chaptersOf(rpcDocument.value?.methods ?? []).map(([chapter, methods]) => (
        <fieldset key={chapter} class="socket-chapter">
          <legend class="hidden">{chapter}</legend>
          <span class="muted" aria-hidden="true">
            {chapter}
          </span>
          <span class="row">
            {methods.map(({ name, summary }) => {
              const rule = decidingRule(name, socket, known);
              return (
                <button
                  key={name}
                  type="button"
                  aria-expanded={open === name}
                  class={rule?.code === undefined ? undefined : 'socket-refused'}
                  title={rule?.code === undefined ? summary : `${rule.code}: ${rule.because}`}
                  onClick={() => onOpen(name)}
                >
                  {name}
                  {rule?.code !== undefined && <small> {rule.code}</small>}
                </button>
              );
            })}
          </span>
        </fieldset>
      ))}
    </div>
  );
};

/** The methods that take a socket, by their chapters. */
const chaptersOf = (methods: readonly Method[]): readonly (readonly [string, readonly Method[]])[] => {
  const chapters = new Map<string, Method[]>();
  for (const method of methods) {
    if (!method.params.some(({ name, required }) => name === 'socketId' && required === true)) continue;
    const chapter = method.tags?.[0]?.$ref.split('/').at(-1) ?? '';
    chapters.set(chapter, [...(chapters.get(chapter) ?? []), method]);
  }
  return [...chapters];
};
