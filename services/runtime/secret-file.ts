import { readFileSync } from "node:fs";

/** A file with a secret in it is a line; a longer one is another file, named by mistake. */
const SECRET_BYTES_MAX = 4_096;

export type SecretFile =
  | { readonly ok: true; readonly secret: string }
  /** What is wrong with the file, after its setting's name; never with its content. */
  | { readonly ok: false; readonly problem: string };

/** The one line of a file, without the line's end. Never throws. */
export function readSecretFile(path: string): SecretFile {
  let text: string;
  try {
    text = readFileSync(path, "utf8").replace(/\r?\n$/, "");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return { ok: false, problem: `names a file that cannot be read (${code ?? "unknown error"})` };
  }
  if (text !== "" && text.length <= SECRET_BYTES_MAX && !text.includes("\n"))
    return { ok: true, secret: text };
  return { ok: false, problem: `must name a file of one line of at most ${SECRET_BYTES_MAX} bytes` };
}
