/** A request's body, bounded in size and in time: what comes drop by drop, or never ends, holds nothing up. */

export type ReadBody =
  | { readonly ok: true; readonly bytes: Uint8Array }
  /** 408: not whole within the time; 413: more than the bytes. */
  | { readonly ok: false; readonly status: 408 | 413 };

/** Rejects only where the connection breaks. What is refused is not read further. */
export async function readBody(request: Request, bytesMax: number, msMax: number): Promise<ReadBody> {
  // A body that says it is too large need not be read to be believed.
  if (Number(request.headers.get("content-length") ?? 0) > bytesMax) return { ok: false, status: 413 };
  if (request.body === null) return { ok: true, bytes: new Uint8Array() };
  const reader = request.body.getReader();
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  let late!: (why: "late") => void;
  const deadline = new Promise<"late">((resolve) => {
    late = resolve;
  });
  const timer = setTimeout(() => late("late"), msMax);
  try {
    for (;;) {
      const read = await Promise.race([reader.read(), deadline]);
      if (read === "late") {
        leave(reader);
        return { ok: false, status: 408 };
      }
      if (read.done) return { ok: true, bytes: Buffer.concat(chunks) };
      bytes += read.value.byteLength;
      if (bytes > bytesMax) {
        leave(reader);
        return { ok: false, status: 413 };
      }
      chunks.push(read.value);
    }
  } finally {
    clearTimeout(timer);
  }
}

/** The answer does not wait for the sender to take note. */
function leave(reader: ReadableStreamDefaultReader<Uint8Array>): void {
  reader.cancel().catch(() => undefined);
}
