/** Gives a file to the person, who decides where it goes. @param name of the file */
export const saveFile = (name: string, content: Blob): void => {
  const url = URL.createObjectURL(content);
  const anchor = document.createElement('a');
  anchor.href = url;
  anchor.download = name;
  anchor.click();
  // The browser has its own reference by the next turn.
  setTimeout(() => URL.revokeObjectURL(url), 0);
};
