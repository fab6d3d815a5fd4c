/** Bytes in order, piece by piece. A piece may be overwritten once the next one is asked for. */
export type Chunks = AsyncIterable<Uint8Array>;

/**
 * Looks at the first `length` bytes (fewer when there are no more); `chunks` still yields them. What was
 * looked at is copied, so that it survives. An error on the way waits for whoever reads on.
 */
export async function peek(chunks: Chunks, length: number): Promise<{ head: Uint8Array; chunks: Chunks }> {
  const iterator = chunks[Symbol.asyncIterator]();
  let head = new Uint8Array(0);
  let failure: { error: unknown } | undefined;
  while (head.length < length && failure === undefined) {
    try {
      const next = await iterator.next();
      if (next.done === true) break;
      const grown = new Uint8Array(head.length + next.value.length);
      grown.set(head);
      grown.set(next.value, head.length);
      head = grown;
    } catch (error) {
      failure = { error };
    }
  }
  return { head: head.subarray(0, length), chunks: resume(head, iterator, failure) };
}

async function* resume(
  head: Uint8Array,
  iterator: AsyncIterator<Uint8Array>,
  failure: { error: unknown } | undefined,
): AsyncGenerator<Uint8Array> {
  try {
    if (head.length > 0) yield head;
    if (failure !== undefined) throw failure.error;
    for (;;) {
      const next = await iterator.next();
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    await iterator.return?.();
  }
}
