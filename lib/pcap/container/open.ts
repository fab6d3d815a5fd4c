/** Finds the captures in a file: bare, compressed, archived, or all of it at once. */
import { type Chunks, peek } from '../chunks.ts';
import type { Limits } from '../limits.ts';
import { isPcap } from '../pcap.ts';
import { gunzip, isGzip } from './gzip.ts';
import { isTar, untar } from './tar.ts';

export type CaptureFormat = 'pcap';

/** One capture file; `content` must be read, or left, before the next one is asked for. */
export interface CaptureFile {
  /** Its path in the archive, else the name of the file itself. */
  name: string;
  format: CaptureFormat;
  /** Offset of the capture's first byte in the outermost archive, once decompressed. */
  start: number;
  content: Chunks;
}

const HEAD_BYTES = 512;

export function captureFormat(head: Uint8Array): CaptureFormat | undefined {
  return isPcap(head) ? 'pcap' : undefined;
}

export async function* openCaptures(
  name: string,
  chunks: Chunks,
  limits: Limits,
  depth = 0,
  start = 0,
): AsyncGenerator<CaptureFile> {
  const { head, chunks: content } = await peek(chunks, HEAD_BYTES);
  const format = captureFormat(head);
  if (format !== undefined) {
    yield { name, format, start, content };
    return;
  }
  if (depth >= limits.depth) return;
  if (isGzip(head)) {
    yield* openCaptures(name, gunzip(content), limits, depth + 1, start);
    return;
  }
  if (!isTar(head)) return;
  for await (const entry of untar(content)) {
    yield* openCaptures(entry.name, entry.content, limits, depth + 1, start + entry.start);
  }
}
