import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { Output } from './output.ts';

/**
 * A directory: of the node (hostPath) or of a PersistentVolumeClaim. It must be there: one made here
 * would be lost with the container. The file has its name only when all of it is on the disk.
 *
 * @param path as the user knows it, which the report tells
 * @param directory where that is mounted
 */
export function directoryOutput(
  type: 'HostPath' | 'PersistentVolumeClaim',
  path: string,
  directory: string,
): Output {
  return {
    type,
    async store(archive, name) {
      const target = join(directory, name);
      await writeDurably(archive, `${target}.partial`);
      await rename(`${target}.partial`, target);
      return { type, path: join(path, name) };
    },
  };
}

async function writeDurably(source: Readable, path: string): Promise<void> {
  const file = await open(path, 'w', 0o644);
  try {
    for await (const chunk of source) await file.writeFile(chunk as Buffer);
    await file.sync();
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await file.close();
  }
}
