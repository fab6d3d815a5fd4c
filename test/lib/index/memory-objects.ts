import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { ObjectHead, Objects } from '../../../lib/storage/objects.ts';

interface Stored {
  body: Uint8Array;
  etag: string;
  metadata: Record<string, string>;
}

/** A bucket in memory. `before` is called before each call that changes it, `after` when it took effect. */
export class MemoryObjects implements Objects {
  readonly bucket = 'captures';
  readonly stored = new Map<string, Stored>();
  before: (operation: string, key: string) => void = () => {};
  after: (operation: string, key: string) => void = () => {};

  /** A file that somebody uploads. */
  place(key: string, body: Uint8Array, metadata: Record<string, string> = {}): void {
    const etag = `"${createHash('md5').update(body).digest('hex')}"`;
    this.stored.set(key, { body, etag, metadata });
  }

  keys(prefix = ''): string[] {
    return [...this.stored.keys()].filter(key => key.startsWith(prefix)).sort();
  }

  async head(key: string): Promise<ObjectHead | undefined> {
    const found = this.stored.get(key);
    if (!found) return undefined;
    const { body, etag, metadata } = found;
    return {
      size: body.length,
      etag,
      version: undefined,
      crc32: undefined,
      sha256: undefined,
      modified: undefined,
      metadata,
    };
  }

  async get(key: string, range?: { start: number; end: number }): Promise<Uint8Array | undefined> {
    const body = this.stored.get(key)?.body;
    return range ? body?.subarray(range.start, range.end) : body;
  }

  async stream(key: string): Promise<Readable | undefined> {
    const body = this.stored.get(key)?.body;
    return body && Readable.from([body]);
  }

  async put(
    key: string,
    body: Uint8Array | string,
    options: { ifMatch?: string; ifNoneMatch?: '*' } = {},
  ): Promise<string | undefined> {
    await new Promise(setImmediate); // calls that run at the same time interleave
    this.before('put', key);
    const present = this.stored.get(key);
    if (options.ifNoneMatch && present) return undefined;
    if (options.ifMatch && present?.etag !== options.ifMatch) return undefined;
    this.place(key, Buffer.from(body));
    this.after('put', key);
    return this.stored.get(key)!.etag;
  }

  async upload(key: string, body: AsyncIterable<Uint8Array>): Promise<void> {
    const pieces: Buffer[] = [];
    for await (const piece of body) pieces.push(Buffer.from(piece));
    this.before('upload', key);
    this.place(key, Buffer.concat(pieces));
    this.after('upload', key);
  }

  async delete(key: string): Promise<void> {
    await new Promise(setImmediate);
    this.before('delete', key);
    this.stored.delete(key);
    this.after('delete', key);
  }

  async *list(prefix: string): AsyncGenerator<{ key: string; size: number; modified: undefined }> {
    for (const key of this.keys(prefix))
      yield { key, size: this.stored.get(key)!.body.length, modified: undefined };
  }
}
