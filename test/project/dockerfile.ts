import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DockerfileParser, type From, type Instruction, type JSONInstruction } from 'dockerfile-ast';
import { CHECKOUT } from './checkout.js';

/** One instruction: its keyword such as `COPY`, its flags such as `--from=build`, and its arguments. */
export interface Step {
  readonly keyword: string;
  readonly flags: readonly string[];
  readonly args: readonly string[];
  /** The arguments of an exec form; undefined for the shell form. */
  readonly exec: readonly string[] | undefined;
}

export interface Stage {
  readonly name: string;
  readonly base: string;
  readonly steps: readonly Step[];
}

/** The stages of Dockerfile.windows, parsed as by a Docker build. */
export const stagesOfDockerfile = (): readonly Stage[] => {
  const file = DockerfileParser.parse(readFileSync(join(CHECKOUT, 'Dockerfile.windows'), 'utf8'));
  const stages: (Stage & { steps: Step[] })[] = [];
  for (const instruction of file.getInstructions()) {
    if (instruction.getKeyword() === 'FROM') {
      const from = instruction as From; // by its keyword
      stages.push({ name: from.getBuildStage() ?? '', base: from.getImage() ?? '', steps: [] });
    } else stages.at(-1)?.steps.push(stepOf(instruction));
  }
  return stages;
};

const stepOf = (instruction: Instruction): Step => {
  const flags = 'getFlags' in instruction ? (instruction as JSONInstruction).getFlags() : [];
  const args = instruction.getArguments().map(String);
  return {
    keyword: instruction.getKeyword(),
    flags: flags.map(String),
    args: args.filter((arg) => !arg.startsWith('--')),
    exec: execForm(instruction),
  };
};

/** As in Docker, a JSON list is the exec form. The command of a HEALTHCHECK follows CMD. */
const execForm = (instruction: Instruction): readonly string[] | undefined => {
  const text = (instruction.getRawArgumentsContent() ?? '').replace(/^(--\S+\s+)*CMD\s+/, '');
  return text.startsWith('[') ? (JSON.parse(text) as string[]) : undefined;
};
