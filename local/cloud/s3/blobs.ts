import { createReadStream, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';

/** One run of an object's bytes. */
export interface Segment {
  blob: string;
  size: number;
}

/** Bytes on disk under random names, so that no key of an object ever becomes a path. */
export class Blobs {
  readonly #folder: string;
  readonly #readers = new Map<string, number>();
  readonly #doomed = new Set<string>();

  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true });
  }

  create(): Promise<{ blob: string; file: FileHandle }> {
    const blob = crypto.randomUUID();
    return open(this.#path(blob), 'wx').then(file => ({ blob, file }));
  }

  /** Keeps the segments' files while `work` runs, even if their object is deleted meanwhile. */
  async reading<Result>(segments: Segment[], work: () => Promise<Result>): Promise<Result> {
    for (const { blob } of segments) this.#readers.set(blob, (this.#readers.get(blob) ?? 0) + 1);
    try {
      return await work();
    } finally {
      for (const { blob } of segments) {
        const left = this.#readers.get(blob)! - 1;
        if (left > 0) this.#readers.set(blob, left);
        else this.#readers.delete(blob);
        if (left === 0 && this.#doomed.delete(blob)) rmSync(this.#path(blob), { force: true });
      }
    }
  }

  /** Bytes `start` to `end` (inclusive) of the row of segments. */
  async *read(segments: Segment[], start: number, end: number): AsyncGenerator<Buffer> {
    let offset = 0;
    for (const { blob, size } of segments) {
      const from = Math.max(start - offset, 0);
      const to = Math.min(end - offset, size - 1);
      offset += size;
      if (from <= to)
        yield* createReadStream(this.#path(blob), { start: from, end: to, highWaterMark: 1 << 20 });
    }
  }

  delete(blobs: string[]) {
    for (const blob of blobs) {
      if (this.#readers.has(blob)) this.#doomed.add(blob);
      else rmSync(this.#path(blob), { force: true });
    }
  }

  /** Removes what a death of the process left behind. */
  keepOnly(known: Set<string>) {
    this.delete(readdirSync(this.#folder).filter(blob => !known.has(blob)));
  }

  #path(blob: string) {
    return join(this.#folder, blob);
  }
}
