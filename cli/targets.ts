import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OriginalFile } from '../lib/index/cut/cut.ts';
import { type Catalog, wholeCatalog } from '../lib/index/query/catalog.ts';
import { createDirectoryObjects } from '../lib/index/store/directory.ts';
import type { Origin } from '../lib/index/store/manifest.ts';
import type { CaptureOptions } from './capture-options.ts';
import { CommandError } from './errors.ts';
import { pathOf } from './local-origin.ts';
import { openLocalOriginal } from './originals.ts';
import { showProgress } from './progress.ts';

/** An index to ask, and what is to be tidied up afterwards. */
export interface Target extends AsyncDisposable {
  catalog: Catalog;
  openOriginal(origin: Origin): Promise<OriginalFile>;
}

/** What FILE, DIR or CAPTURE on the command line means. A file is indexed into a temporary folder. */
export async function openTarget(name: string, options: CaptureOptions = {}): Promise<Target> {
  const found = await stat(pathOf(name)).catch(() => undefined);
  if (found?.isDirectory()) return localTarget(await folderCatalog(name));
  if (!found) return await (await import('./capture-target.ts')).openCapture(name, options); // the SDK loads slowly
  const folder = await mkdtemp(join(tmpdir(), 'capturectl-'));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    const { indexLocalFile } = await import('./local-index.ts'); // the engine, which an index does without
    using progress = showProgress(name);
    await indexLocalFile(name, folder, progress.report);
    return localTarget(await folderCatalog(folder), remove);
  } catch (error) {
    await remove();
    throw error;
  }
}

function localTarget(catalog: Catalog, dispose: () => Promise<void> = async () => {}): Target {
  return { catalog, openOriginal: openLocalOriginal, [Symbol.asyncDispose]: dispose };
}

async function folderCatalog(folder: string): Promise<Catalog> {
  const catalog = await wholeCatalog(createDirectoryObjects(folder), '');
  if (catalog.indexed.length === 0) {
    throw new CommandError(`${folder} holds no index; capturectl index FILE --out ${folder} makes one`);
  }
  return { ...catalog, folder };
}
