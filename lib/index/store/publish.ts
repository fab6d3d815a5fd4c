import type { Objects } from '../../storage/objects.ts';
import { type HeldManifest, type Indexed, type Manifest, readManifest, writeManifest } from './manifest.ts';
import { compareSequencers } from './sequencer.ts';

/** Somebody else worked on the same file at the same time; the event is to be tried again. */
export class ConcurrentIndexError extends Error {
  readonly retry = true;

  constructor(object: string) {
    super(`the index of object ${object} was changed by another invocation meanwhile; try again`);
    this.name = 'ConcurrentIndexError';
  }
}

/** The index of one uploaded file: which of its versions counts, and which table files are its rows. */
export interface ObjectIndex {
  objects: Objects;
  prefix: string;
  object: string; // objectId
  /** The manifest as last read or written: a write on this ground is refused when it is no longer so. */
  held?: HeldManifest;
}

/** What the file is known by now. */
export async function lookUp(index: ObjectIndex): Promise<Manifest> {
  index.held = await readManifest(index.objects, index.prefix, index.object);
  return index.held.manifest;
}

/** What an event means for a file, before any work: `new`, `repeated` (already in effect) or `late` (overtaken). */
export function standing(manifest: Manifest, sequencer: string): 'new' | 'repeated' | 'late' {
  if (manifest.sequencer === '') return 'new';
  const order = compareSequencers(sequencer, manifest.sequencer);
  return order > 0 ? 'new' : order === 0 ? 'repeated' : 'late';
}

/**
 * Says which keys are about to be made, so that they are found and removed should this process end halfway.
 * False when this version or a newer one is already in effect.
 */
export async function announce(index: ObjectIndex, sequencer: string, keys: string[]): Promise<boolean> {
  return await update(index, sequencer, manifest => ({
    ...manifest,
    garbage: withGarbage(manifest, keys, sequencer),
  }));
}

/**
 * Puts a version, announced before, into effect: in one write its rows are the file's rows and those of the version
 * before are not. Then removes what belongs to no current version. False, with its files removed, when a newer one is
 * in effect.
 */
export async function commit(index: ObjectIndex, sequencer: string, indexed: Indexed): Promise<boolean> {
  const keys = keysOf(indexed);
  const done = await update(index, sequencer, manifest => ({
    version: 1,
    sequencer,
    current: indexed,
    garbage: withGarbage(manifest, keysOf(manifest.current), manifest.sequencer).filter(
      ({ key }) => !keys.includes(key),
    ),
  }));
  if (!done) await removeOverdue(index, keys);
  else await collectGarbage(index);
  return done;
}

/** Takes the rows of a deleted file out of the index. False when this or a newer version is in effect. */
export async function retire(index: ObjectIndex, sequencer: string): Promise<boolean> {
  const done = await update(index, sequencer, manifest => ({
    version: 1,
    sequencer,
    current: null,
    garbage: withGarbage(manifest, keysOf(manifest.current), manifest.sequencer),
  }));
  if (done) await collectGarbage(index);
  return done;
}

/**
 * Removes the files that can never again be part of the index; safe to repeat. What a newer version has announced
 * stays: it is being made at this moment.
 */
export async function collectGarbage(index: ObjectIndex): Promise<void> {
  const { objects, prefix, object } = index;
  const held = index.held ?? (await readManifest(objects, prefix, object));
  const { garbage, sequencer } = held.manifest;
  const over = garbage.filter(item => compareSequencers(item.sequencer, sequencer) <= 0);
  if (over.length === 0) return;
  await Promise.all(over.map(({ key }) => objects.delete(key)));
  const rest = garbage.filter(item => !over.includes(item));
  // Refused when somebody wrote meanwhile: then they collect, and deleting twice does no harm.
  delete index.held;
  await writeManifest(objects, prefix, object, held, { ...held.manifest, garbage: rest });
}

/** Removes files that were completed after a newer version had already collected them. */
async function removeOverdue({ objects, prefix, object }: ObjectIndex, keys: string[]): Promise<void> {
  const { manifest } = await readManifest(objects, prefix, object);
  const current = keysOf(manifest.current);
  await Promise.all(keys.filter(key => !current.includes(key)).map(key => objects.delete(key)));
}

function withGarbage(manifest: Manifest, keys: string[], sequencer: string): Manifest['garbage'] {
  const others = manifest.garbage.filter(({ key }) => !keys.includes(key));
  return [...others, ...keys.map(key => ({ key, sequencer }))];
}

function keysOf(indexed: Indexed | null): string[] {
  if (!indexed) return [];
  const { files, positions, archive } = indexed;
  return [...files.map(file => file.key), positions, ...(archive ? [archive.key] : [])];
}

async function update(
  index: ObjectIndex,
  sequencer: string,
  change: (manifest: Manifest) => Manifest,
): Promise<boolean> {
  const { objects, prefix, object } = index;
  for (let attempt = 0; attempt < 5; attempt++) {
    const held = index.held ?? (await readManifest(objects, prefix, object));
    delete index.held;
    if (standing(held.manifest, sequencer) !== 'new') return false;
    const written = await writeManifest(objects, prefix, object, held, change(held.manifest));
    if (!written) continue;
    index.held = written;
    return true;
  }
  throw new ConcurrentIndexError(object);
}
