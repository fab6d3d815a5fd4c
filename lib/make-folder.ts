import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';

/** A folder, with those around it, as far as they are missing. Node's own way never ends where none can be made, as in /proc. */
export async function makeFolder(path: string): Promise<void> {
  if (await made(path)) return;
  await makeFolder(dirname(path));
  if (!(await made(path)))
    throw new Error(`${path} cannot be made: no folder can be made in ${dirname(path)}`);
}

/** False when the folder around it is missing. */
async function made(path: string): Promise<boolean> {
  try {
    await mkdir(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return false;
    if (code !== 'EEXIST') throw error;
  }
  return true;
}
