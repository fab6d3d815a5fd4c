import { createHash } from 'node:crypto';
import { fstatSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { isatty } from 'node:tty';
import { type CaptureSource, fileSource, streamSource } from '../lib/index/engine/source.ts';
import type { Origin } from '../lib/index/store/manifest.ts';
import { CommandError } from './errors.ts';

const STANDARD_INPUT = '/dev/stdin';

/** A name on the command line as a path: "-" is standard input, as tcpdump's users expect. */
export function pathOf(name: string): string {
  if (name !== '-') return name;
  if (isatty(0)) throw new CommandError('standard input is a terminal, not a capture');
  return STANDARD_INPUT;
}

/** A file as it is now; its time of change orders its versions, as a sequencer does those of an object. */
export async function localOrigin(name: string): Promise<{ origin: Origin; sequencer: string }> {
  const path = pathOf(name);
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

/** The bytes of a file on this machine. */
export function sourceOf({ key, etag }: Origin): CaptureSource {
  const identity = `${key} ${etag}`;
  // A socket, as some programs leave for standard input, cannot be opened by its name.
  const isSocket = key === STANDARD_INPUT && fstatSync(0).isSocket();
  return { ...(isSocket ? streamSource('stdin', process.stdin) : fileSource(key)), identity };
}
