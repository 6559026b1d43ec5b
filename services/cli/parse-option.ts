import { InvalidArgumentError } from "commander";

/** A parser of commander options: a whole number within min..max. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^-?\d+$/.test(text) || value < min || value > max) {
      throw new InvalidArgumentError(`A whole number of ${min}..${max} is expected.`);
    }
    return value;
  };
}
