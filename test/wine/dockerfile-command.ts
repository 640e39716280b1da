/**
 * What a container of a Dockerfile runs: the last ENTRYPOINT and the last CMD, as a list of words.
 * Source: https://docs.docker.com/reference/dockerfile/#cmd
 *
 * @param text a Dockerfile; undefined is the result for one that names no command
 */
export const dockerfileCommand = (text: string): readonly string[] | undefined => {
  const entrypoint = words(text, 'ENTRYPOINT');
  const cmd = words(text, 'CMD');
  return entrypoint || cmd ? [...(entrypoint ?? []), ...(cmd ?? [])] : undefined;
};

const words = (text: string, instruction: string): readonly string[] | undefined => {
  const found = [...text.matchAll(new RegExp(`^[ \\t]*${instruction}[ \\t]+(.*)$`, 'gim'))]
    .at(-1)?.[1]
    ?.trim();
  if (found === undefined) return undefined;
  try {
    const parsed: unknown = JSON.parse(found);
    if (Array.isArray(parsed) && parsed.every((word) => typeof word === 'string')) return parsed;
  } catch {
    // No JSON, so Docker hands the line to the shell, which takes a plain one apart at its blanks.
  }
  return found.split(/\s+/);
};
