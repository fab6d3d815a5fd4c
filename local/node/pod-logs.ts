import { closeSync, createReadStream, existsSync, fstatSync, mkdirSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

const FOLLOW_MS = 200;
const CHUNK = 64 * 1024;

export interface LogOptions {
  follow?: boolean; // until the container has ended
  tailLines?: number;
}

/** Where the output of a pod's container is kept. */
export function podLogFile(dataDir: string, namespace: string, name: string): string {
  const folder = join(dataDir, 'logs');
  mkdirSync(folder, { recursive: true });
  return join(folder, `${namespace}_${name}.log`);
}

/** The output of a container, as far as it has come; nothing if it was never started. */
export async function* readLog(
  file: string,
  { follow = false, tailLines }: LogOptions,
  isOver: () => Promise<boolean>,
): AsyncGenerator<Buffer> {
  if (!existsSync(file)) return;
  let position = tailLines === undefined ? 0 : startOfTail(file, tailLines);
  for (;;) {
    const over = !follow || (await isOver()); // asked before the last read, so that nothing is missed
    for await (const chunk of createReadStream(file, { start: position })) {
      position += (chunk as Buffer).length;
      yield chunk as Buffer;
    }
    if (over) return;
    await setTimeout(FOLLOW_MS);
  }
}

/** Offset of the last `lines` lines, found from the end. */
function startOfTail(path: string, lines: number): number {
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    const buffer = Buffer.alloc(CHUNK);
    let found = 0;
    for (let end = size; end > 0; end -= CHUNK) {
      const start = Math.max(0, end - CHUNK);
      readSync(file, buffer, 0, end - start, start);
      for (let i = end - start - 1; i >= 0; i--) {
        const isLineEnd = buffer[i] === 0x0a && start + i < size - 1;
        if (isLineEnd && ++found === lines) return start + i + 1;
        if (lines === 0) return size;
      }
    }
    return 0;
  } finally {
    closeSync(file);
  }
}
