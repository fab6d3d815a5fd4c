import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { basename } from 'node:path';
import { CaptureError } from '../../pcap/errors.ts';
import type { TableSink } from '../table.ts';
import type { IndexedCapture } from './follow-capture.ts';

/** Where the bytes of a capture come from. */
export interface CaptureSource {
  /** File name or object key; shown, and part of the flows' uids when there is no `identity`. */
  readonly name: string;
  /** Bytes as stored, when known. */
  readonly size?: number;
  /** What makes this content unique, e.g. bucket, key and version: the same identity gives the same uids. */
  readonly identity?: string;
  /** The file on this machine, when it is one: lets threads read it for themselves. */
  readonly path?: string;
  /** Set when the bytes are not those of the file, but those that are compressed in it. */
  readonly isInflated?: boolean;
  /** `stream` gives the same bytes each time; else it is called once. */
  readonly isLasting?: boolean;
  /** Set when another thread reads it: writes what that finds to the sink, in the right order when called once more. */
  readonly readElsewhere?: (sink: TableSink) => Promise<IndexedCapture>;
  /**
   * All bytes in order. A chunk may be overwritten once the next one is asked for. `buffer`: where they are wanted, in memory
   * that threads share; a source that reads them itself spares a copy when it reads them to there.
   */
  stream(buffer?: Uint8Array): AsyncIterable<Uint8Array>;
}

/** Stays in the second level cache between the copy out of the page cache and the parsing. */
const CHUNK_BYTES = 1 << 18;

/** A file on this machine. */
export function fileSource(path: string): CaptureSource {
  const descriptor = open(path);
  const found = fstatSync(descriptor);
  closeSync(descriptor);
  const { size } = found;
  return {
    name: basename(path),
    size,
    path,
    isLasting: found.isFile(),
    stream: buffer => readFrom(path, 0, buffer),
  };
}

/** The first bytes of a file, at most `length`. */
export function readHead(path: string, length: number): Uint8Array {
  const head = new Uint8Array(length);
  const descriptor = open(path);
  try {
    return head.subarray(0, readSync(descriptor, head));
  } finally {
    closeSync(descriptor);
  }
}

/** The bytes of a file from a place on, in the `buffer`, by large blocking reads: twice as fast as a stream of Node. */
export async function* readFrom(
  path: string,
  start: number,
  buffer: Uint8Array = new Uint8Array(CHUNK_BYTES),
): AsyncGenerator<Uint8Array> {
  const descriptor = open(path);
  try {
    const most = Math.min(buffer.length, CHUNK_BYTES);
    let position = start === 0 ? null : start; // null: where the last read ended, as a pipe has no places
    for (;;) {
      const length = readSync(descriptor, buffer, 0, most, position);
      if (length === 0) return;
      if (position !== null) position += length;
      yield buffer.subarray(0, length);
    }
  } finally {
    closeSync(descriptor);
  }
}

function open(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (cause) {
    throw new CaptureError(`${path} cannot be opened`, { cause });
  }
}

/** Any stream of bytes, e.g. standard input; it can be read once. */
export function streamSource(name: string, stream: AsyncIterable<Uint8Array>): CaptureSource {
  return { name, stream: () => stream };
}
