import { useState } from 'preact/hooks';
import { batchOf, type Conversation, stepsOf } from '../../model/steps.js';
import type { SocketInfo } from '../../model/types.js';
import { useLink } from '../link-context.js';
import { CodeTabs } from '../parts/code-tabs.js';
import { saveFile } from '../save-file.js';

/**
 * The most calls of a conversation that are written. A batch has at most 1,000 steps: the others are for the
 * steps that are put in front, which make what the calls need.
 */
const MOST = 900;

/** The whole conversation as a batch and as a program that makes its calls again. */
export const ConversationCode = ({ sockets }: { sockets: readonly SocketInfo[] }) => {
  const { rig } = useLink();
  const [conversation, setConversation] = useState<Conversation>();
  /** How many calls there were when they were written last. */
  const [total, setTotal] = useState(0);
  const write = (): Conversation => {
    const ids = new Set(sockets.map(({ socketId }) => socketId));
    const calls = rig.value.callsOf(ids);
    setTotal(calls.length);
    const infos = [...rig.value.sessions.values()].map(({ info }) => info);
    return stepsOf(calls.slice(-MOST), { sessions: infos, sockets });
  };
  const saveSteps = (): void => {
    const text = `${JSON.stringify(batchOf(write().steps), null, 2)}\n`;
    saveFile('conversation.json', new Blob([text], { type: 'application/json' }));
  };
  return (
    <>
      <div class="actions">
        <span class="muted">All of them:</span>
        <button type="button" onClick={saveSteps}>
          JSON steps for POST /v1/batch
        </button>
        <button type="button" onClick={() => setConversation(write())}>
          {conversation ? 'Write the code anew' : 'Show as code'}
        </button>
      </div>
      {total > MOST && (
        <p class="muted">
          Only the last {MOST} of the {total.toLocaleString('en')} calls are written.
        </p>
      )}
      {conversation && (
        <>
          {conversation.notes.map((note) => (
            <p class="muted" key={note}>
              {note}
            </p>
          ))}
          <CodeTabs
            label="the conversation"
            code={(language) => language.program(conversation.steps, location.origin)}
          />
        </>
      )}
    </>
  );
};
