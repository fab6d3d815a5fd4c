import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** Another platform already runs on this data folder. */
export class DataFolderInUse extends Error {}

/** The one folder that holds all state of an embedded platform, used by one process at a time. */
export interface DataFolder {
  path: string;
  release(): void;
}

/** Makes the folder and takes it for this process; a lock left by a dead process is taken over. */
export function takeDataFolder(path: string): DataFolder {
  const folder = resolve(path);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const lock = join(folder, 'platform.pid');
  const owner = ownerOf(lock);
  if (owner !== undefined) {
    throw new DataFolderInUse(
      `${folder} is in use by process ${owner}; stop it or choose another with --data`,
    );
  }
  writeFileSync(lock, `${process.pid} ${startTime(process.pid)}\n`);
  return { path: folder, release: () => rmSync(lock, { force: true }) };
}

/** The live process that holds the lock; process ids are reused, so its start time has to match too. */
function ownerOf(lock: string): number | undefined {
  let text: string;
  try {
    text = readFileSync(lock, 'utf8');
  } catch {
    return undefined;
  }
  const [pid, started] = text.trim().split(' ');
  return pid && started && startTime(Number(pid)) === started ? Number(pid) : undefined;
}

/** Field 22 of proc(5) stat, clock ticks since boot; `undefined` when there is no such process. */
function startTime(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}
