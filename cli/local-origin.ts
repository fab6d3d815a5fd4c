import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Origin } from '../lib/index/store/manifest.ts';
import { CommandError } from './errors.ts';

/** A file as it is now; its time of change orders its versions, as a sequencer does those of an object. */
export async function localOrigin(path: string): Promise<{ origin: Origin; sequencer: string }> {
  const found = await stat(path, { bigint: true }).catch(cause => {
    const missing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    throw new CommandError(missing ? `${path}: no such file` : `${path} cannot be read`, { cause });
  });
  if (found.isDirectory()) throw new CommandError(`${path} is a folder, not a capture file`);
  const key = resolve(path);
  const sequencer = found.mtimeNs.toString(16).toUpperCase().padStart(16, '0');
  const etag = createHash('sha256')
    .update(`${found.ino} ${found.mtimeNs} ${found.size}`)
    .digest('hex')
    .slice(0, 32);
  const origin: Origin = { bucket: 'file', key, etag, size: Number(found.size), cluster: 'local' };
  return { origin, sequencer };
}
