/** @throws RangeError for a number that an int parameter of a native call cannot represent */
export const requireInt32 = (value: number, what: string): number => {
  if ((value | 0) === value) return value;
  throw new RangeError(`${what} is no 32-bit integer: ${value}`);
};
