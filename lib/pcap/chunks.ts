/** Bytes in order, piece by piece. A piece may be overwritten once the next one is asked for. */
export type Chunks = AsyncIterable<Uint8Array>;

/**
 * Looks at the first `length` bytes (fewer when there are no more); `chunks` still yields them. What was
 * looked at is copied, so that it survives.
 */
export async function peek(chunks: Chunks, length: number): Promise<{ head: Uint8Array; chunks: Chunks }> {
  const iterator = chunks[Symbol.asyncIterator]();
  let head = new Uint8Array(0);
  while (head.length < length) {
    const next = await iterator.next();
    if (next.done === true) break;
    const grown = new Uint8Array(head.length + next.value.length);
    grown.set(head);
    grown.set(next.value, head.length);
    head = grown;
  }
  return { head: head.subarray(0, length), chunks: resume(head, iterator) };
}

async function* resume(head: Uint8Array, iterator: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    if (head.length > 0) yield head;
    for (;;) {
      const next = await iterator.next();
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    await iterator.return?.();
  }
}
