import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Origin } from '../../lib/index/store/manifest.ts';
import { makeFolder } from '../../lib/make-folder.ts';
import { parseArguments } from '../arguments.ts';
import { CAPTURE_OPTIONS, CAPTURE_USAGE } from '../capture-options.ts';
import { CommandError } from '../errors.ts';
import { openTarget, type Target } from '../targets.ts';

export const usage = `Usage: capturectl download CAPTURE [-o DIR]

Copies the uploaded files of a Capture from the bucket to DIR/NAME/. Files that a Capture left on its nodes or on a
volume are not reached this way.

  -o, --output DIR      (the working folder)
${CAPTURE_USAGE}`;

export async function run(args: string[]): Promise<number> {
  const options = { ...CAPTURE_OPTIONS, output: { type: 'string', short: 'o' } } as const;
  const { values, positionals } = parseArguments(args, options, { name: 'CAPTURE', least: 1, most: 1 });
  const name = positionals[0]!;
  await using target = await openTarget(name, values);
  const folder = join(values.output ?? '.', name.split('/').at(-1)!);
  await makeFolder(folder);
  for (const { origin } of target.catalog.indexed) {
    const path = await save(target, origin, folder);
    process.stdout.write(`${path}\n`);
  }
  return 0;
}

/** A file appears only when it is whole; nobody else may read it. */
async function save({ openOriginal }: Target, origin: Origin, folder: string): Promise<string> {
  const file = basename(origin.key);
  if (file === '' || file === '.' || file === '..')
    throw new CommandError(`${origin.key} is no name for a file`);
  const path = join(folder, file);
  const part = `${path}.part`;
  try {
    const { stream } = await openOriginal(origin);
    await pipeline(Readable.from(stream()), createWriteStream(part, { mode: 0o600 }));
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
  return path;
}
