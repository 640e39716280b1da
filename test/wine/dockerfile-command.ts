/**
 * The command of a container: ENTRYPOINT and CMD of the last stage of its Dockerfile, as a list of words.
 * Source: https://docs.docker.com/reference/dockerfile/#cmd
 *
 * @returns undefined if the last stage has no command
 */
export const dockerfileCommand = (text: string): readonly string[] | undefined => {
  const joiner = /^#[ \t]*escape=(.)/im.exec(text)?.[1] ?? '\\';
  const lines = text.split(/\r?\n/).join('\n').replaceAll(`${joiner}\n`, ' ');
  const stage = lines.split(/^[ \t]*FROM[ \t]/im).at(-1) ?? '';
  const entrypoint = words(stage, 'ENTRYPOINT');
  const cmd = words(stage, 'CMD');
  return entrypoint || cmd ? [...(entrypoint ?? []), ...(cmd ?? [])] : undefined;
};

const words = (stage: string, instruction: string): readonly string[] | undefined => {
  const instructions = new RegExp(`^[ \\t]*${instruction}[ \\t]+(.*)$`, 'gim');
  const last = [...stage.matchAll(instructions)].at(-1)?.[1]?.trim();
  if (last === undefined) return undefined;
  try {
    const parsed: unknown = JSON.parse(last);
    if (Array.isArray(parsed) && parsed.every((word) => typeof word === 'string')) return parsed;
  } catch {
    // Not JSON, so Docker runs the line in a shell, which splits a plain line at its blanks.
  }
  return last.split(/\s+/);
};
