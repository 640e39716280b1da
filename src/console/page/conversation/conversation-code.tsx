import { useState } from 'preact/hooks';
import { batchOf, type Conversation, stepsOf } from '../../model/steps.js';
import type { SocketInfo } from '../../model/types.js';
import { useLink } from '../link-context.js';
import { CodeTabs } from '../parts/code-tabs.js';
import { saveFile } from '../save-file.js';

/** The most calls of a conversation that become a program: a batch has no more steps. */
const MOST = 900;

/** The whole conversation as a batch and as a program that makes its calls again. */
export const ConversationCode = ({ sockets }: { sockets: readonly SocketInfo[] }) => {
  const { rig } = useLink();
  const [conversation, setConversation] = useState<Conversation>();
  const write = (): Conversation => {
    const ids = new Set(sockets.map(({ socketId }) => socketId));
    const calls = rig.value.callsOf(ids).slice(-MOST);
    const infos = [...rig.value.sessions.values()].map(({ info }) => info);
    return stepsOf(calls, { sessions: infos, sockets });
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
