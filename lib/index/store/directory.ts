import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { makeFolder } from '../../make-folder.ts';
import type { ObjectHead, Objects, PutOptions } from '../../storage/objects.ts';

/**
 * A folder as an object store, for an index on one machine. A file appears under its name only when it is whole.
 * Conditions hold within one process at a time. User metadata is not kept.
 */
export function createDirectoryObjects(folder: string): Objects {
  const base = resolve(folder);
  const pathOf = (key: string) => {
    const path = resolve(base, key);
    if (path !== base && !path.startsWith(base + sep)) throw new RangeError(`${key} lies outside of ${base}`);
    return path;
  };

  async function place(key: string, write: (path: string) => Promise<void>): Promise<void> {
    const path = pathOf(key);
    await makeFolder(dirname(path));
    const part = `${path}.${randomUUID()}.part`;
    try {
      await write(part);
      await rename(part, path);
    } catch (error) {
      await rm(part, { force: true });
      throw error;
    }
  }

  const head = (key: string) =>
    unlessMissing(async (): Promise<ObjectHead> => {
      const path = pathOf(key);
      const { size, mtime, mtimeNs, ino } = await stat(path, { bigint: true });
      const etag = createHash('sha256').update(`${ino} ${mtimeNs} ${size}`).digest('hex').slice(0, 32);
      return {
        size: Number(size),
        etag: `"${etag}"`,
        version: undefined,
        crc32: undefined,
        sha256: undefined,
        modified: mtime,
        metadata: {},
      };
    });

  return {
    bucket: base,
    head,

    get: (key, range) =>
      unlessMissing(async () => {
        if (!range) return await readFile(pathOf(key));
        await using file = await open(pathOf(key));
        const bytes = new Uint8Array(Math.max(0, range.end - range.start));
        const { bytesRead } = await file.read(bytes, 0, bytes.length, range.start);
        return bytes.subarray(0, bytesRead);
      }),

    stream: key =>
      unlessMissing(async () => {
        await stat(pathOf(key));
        return createReadStream(pathOf(key), { highWaterMark: 1024 * 1024 });
      }),

    async put(key, body, { ifMatch, ifNoneMatch }: PutOptions = {}) {
      const present = ifMatch || ifNoneMatch ? await head(key) : undefined;
      if ((ifNoneMatch && present) || (ifMatch && present?.etag !== ifMatch)) return undefined;
      await place(key, path => writeFile(path, body));
      return (await head(key))?.etag ?? '';
    },

    async upload(key, body) {
      await place(key, path => writeFile(path, body));
    },

    async delete(key) {
      await rm(pathOf(key), { force: true });
    },

    async *list(prefix) {
      const root = pathOf(prefix.slice(0, prefix.lastIndexOf('/') + 1));
      const entries = await unlessMissing(() => readdir(root, { recursive: true, withFileTypes: true }));
      const keys = (entries ?? [])
        .filter(entry => entry.isFile() && !entry.name.endsWith('.part'))
        .map(entry => relative(base, join(entry.parentPath, entry.name)).split(sep).join('/'))
        .filter(key => key.startsWith(prefix))
        .sort();
      for (const key of keys) {
        const found = await head(key);
        if (found) yield { key, size: found.size, modified: found.modified };
      }
    },
  };
}

async function unlessMissing<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
