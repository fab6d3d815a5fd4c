import { open } from 'node:fs/promises';
import type { OriginalFile } from '../lib/index/cut/cut.ts';
import { fileSource } from '../lib/index/engine/source.ts';
import type { Origin } from '../lib/index/store/manifest.ts';
import { CommandError } from './errors.ts';
import { localOrigin } from './local-origin.ts';

/** The file on this machine that was indexed, as long as it is what it was. */
export async function openLocalOriginal(origin: Origin): Promise<OriginalFile> {
  const { origin: now } = await localOrigin(origin.key);
  if (now.etag !== origin.etag)
    throw new CommandError(`${origin.key} has changed since it was indexed; index it again`);
  return {
    size: origin.size,
    stream: () => fileSource(origin.key).stream(),
    async read(start, end) {
      await using file = await open(origin.key);
      const bytes = new Uint8Array(end - start);
      let filled = 0;
      while (filled < bytes.length) {
        const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, start + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return bytes.subarray(0, filled);
    },
  };
}
