import { useEffect, useRef, useState } from 'preact/hooks';
import { FAULT_PRESETS, type FaultPreset, presetFits, valuesOfRule } from '../../model/fault-presets.js';
import { faultText } from '../../model/fault-text.js';
import type { FaultInfo, Outcome } from '../../model/types.js';
import { CallForm } from '../call-form/call-form.js';
import { useLink } from '../link-context.js';
import type { Say } from './say.js';

/** Arms a fault in three steps: open, choose a preset, arm it. Between the last two its values can be changed. */
export const ArmFault = ({ sessionId, say }: { sessionId: string; say: Say }) => {
  const [isOpen, setIsOpen] = useState(false);
  const [preset, setPreset] = useState<FaultPreset>();
  const button = useRef<HTMLButtonElement>(null);

  const close = (): void => {
    setPreset(undefined);
    setIsOpen(false);
    button.current?.focus();
  };
  const back = (): void => {
    setPreset(undefined);
    button.current?.focus();
  };
  const onAnswer = (outcome: Outcome): void => {
    if (!outcome.ok) {
      say(outcome.problem);
      return;
    }
    // The result of armFault is the rule with its counters.
    const armed = outcome.result as unknown as FaultInfo;
    say(`Armed ${armed.faultId}: ${faultText(armed)}.`);
    close();
  };
  return (
    <div class="network-arm">
      <button
        type="button"
        ref={button}
        class={isOpen ? undefined : 'primary'}
        aria-expanded={isOpen}
        onClick={isOpen ? close : () => setIsOpen(true)}
      >
        {isOpen ? 'Arm no fault' : 'Arm a fault'}
      </button>
      {isOpen && preset === undefined && <Presets onChoose={setPreset} />}
      {preset !== undefined && (
        <Chosen sessionId={sessionId} preset={preset} onAnswer={onAnswer} onBack={back} />
      )}
    </div>
  );
};

const Presets = ({ onChoose }: { onChoose: (preset: FaultPreset) => void }) => (
  <ul class="network-presets" aria-label="Usual faults">
    {FAULT_PRESETS.map((preset) => (
      <li key={preset.id}>
        <button type="button" onClick={() => onChoose(preset)}>
          <strong>{preset.title}</strong>
          <span>{preset.text}</span>
        </button>
      </li>
    ))}
  </ul>
);

const Chosen = ({
  sessionId,
  preset,
  onAnswer,
  onBack,
}: {
  sessionId: string;
  preset: FaultPreset;
  onAnswer: (outcome: Outcome) => void;
  onBack: () => void;
}) => {
  const link = useLink();
  link.version.value;
  const [socketId, setSocketId] = useState<string>();
  const heading = useRef<HTMLHeadingElement>(null);
  // The button that was pressed is gone.
  useEffect(() => heading.current?.focus(), []);
  const sockets = link.rig.value
    .socketsOf(sessionId)
    .filter((socket) => socket.state !== 'closed' && presetFits(preset, socket));
  return (
    <section aria-labelledby="network-chosen">
      <h3 id="network-chosen" tabIndex={-1} ref={heading}>
        {preset.title}
      </h3>
      <p>{preset.text}</p>
      <div class="field">
        <label for="fault-socket">Where it acts</label>
        <select
          id="fault-socket"
          value={socketId ?? ''}
          onChange={({ currentTarget }) => setSocketId(currentTarget.value || undefined)}
        >
          <option value="">all sockets of the session</option>
          {sockets.map((socket) => (
            <option key={socket.socketId} value={socket.socketId}>
              socket …{socket.socketId.slice(-5)} ({socket.provider}, {socket.state})
            </option>
          ))}
        </select>
      </div>
      <CallForm
        operation="armFault"
        ids={{ sessionId, socketId }}
        initial={valuesOfRule(preset.rule)}
        submit="Arm it"
        onAnswer={onAnswer}
        onClose={onBack}
      />
    </section>
  );
};
