/** tar: ustar, GNU long names, pax headers (POSIX.1-2017, pax "ustar Interchange Format"). */
import type { Chunks } from '../chunks.ts';
import { TruncatedArchive } from './truncated.ts';

const BLOCK = 512;
/** A long name or a pax header larger than this is skipped. */
const HEADER_BYTES = 65_536;

export interface TarEntry {
  name: string;
  size: number;
  /** Offset of the content in the archive. */
  start: number;
  /** Must be read to its end, or left, before the next entry is asked for. */
  content: AsyncIterable<Uint8Array>;
}

/** True for a block whose checksum is right: every tar since V7 has one. */
export function isTar(head: Uint8Array): boolean {
  if (head.length < BLOCK) return false;
  const stored = octal(head, 148, 8);
  let sum = 8 * 32;
  for (let at = 0; at < BLOCK; at++) if (at < 148 || at >= 156) sum += head[at]!;
  return stored === sum && sum !== 8 * 32;
}

/** The regular files of an archive, in order. */
export async function* untar(chunks: Chunks): AsyncGenerator<TarEntry> {
  const reader = new BlockReader(chunks);
  try {
    yield* entries(reader);
  } finally {
    await reader.close();
  }
}

async function* entries(reader: BlockReader): AsyncGenerator<TarEntry> {
  let longName: string | undefined;
  let paxSize: number | undefined;
  for (;;) {
    const header = await reader.block();
    if (header === undefined || header.every(byte => byte === 0)) return;
    if (!isTar(header)) throw new TruncatedArchive('tar: a header has a wrong checksum');
    const type = String.fromCharCode(header[156]!);
    const size = paxSize ?? numeric(header, 124, 12);
    if (type === 'L' || type === 'x') {
      const bytes = size <= HEADER_BYTES ? await reader.take(size) : undefined;
      if (bytes === undefined) await reader.skip(size);
      else if (type === 'L') longName = text(bytes, 0, bytes.length);
      else {
        const records = paxRecords(bytes);
        longName = records.get('path') ?? longName;
        const declared = records.get('size');
        if (declared !== undefined && /^\d{1,15}$/.test(declared)) paxSize = Number(declared);
      }
      await reader.skip(padding(size));
      continue;
    }
    const name = longName ?? entryName(header);
    longName = undefined;
    paxSize = undefined;
    const start = reader.offset;
    const isFile = type === '0' || type === '\0' || type === '7';
    if (isFile) yield { name, size, start, content: reader.read(size) };
    await reader.skip(start + size + padding(size) - reader.offset);
  }
}

function padding(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK;
}

function text(bytes: Uint8Array, start: number, length: number): string {
  const field = bytes.subarray(start, start + length);
  const end = field.indexOf(0);
  return new TextDecoder().decode(end === -1 ? field : field.subarray(0, end));
}

function octal(bytes: Uint8Array, start: number, length: number): number {
  const digits = text(bytes, start, length).trim();
  return /^[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : 0;
}

/** Octal, or with the first bit set big-endian binary (GNU). */
function numeric(bytes: Uint8Array, start: number, length: number): number {
  if ((bytes[start]! & 0x80) === 0) return octal(bytes, start, length);
  let value = bytes[start]! & 0x3f;
  for (let at = start + 1; at < start + length; at++) value = value * 256 + bytes[at]!;
  if (value > Number.MAX_SAFE_INTEGER) throw new TruncatedArchive('tar: an entry is impossibly large');
  return value;
}

function entryName(header: Uint8Array): string {
  const isUstar = text(header, 257, 6).startsWith('ustar');
  const prefix = isUstar ? text(header, 345, 155) : '';
  const name = text(header, 0, 100);
  return prefix === '' ? name : `${prefix}/${name}`;
}

/** Records of the form "length key=value\n". */
function paxRecords(bytes: Uint8Array): Map<string, string> {
  const records = new Map<string, string>();
  let at = 0;
  while (at < bytes.length) {
    const space = bytes.indexOf(32, at);
    if (space === -1) break;
    const length = Number(text(bytes, at, space - at));
    if (!Number.isInteger(length) || length <= space - at || at + length > bytes.length) break;
    const record = text(bytes, space + 1, at + length - space - 2);
    const equals = record.indexOf('=');
    if (equals > 0) records.set(record.slice(0, equals), record.slice(equals + 1));
    at += length;
  }
  return records;
}

class BlockReader {
  /** Bytes read or skipped so far. */
  offset = 0;
  readonly #iterator: AsyncIterator<Uint8Array>;
  #chunk: Uint8Array = new Uint8Array(0);

  constructor(chunks: Chunks) {
    this.#iterator = chunks[Symbol.asyncIterator]();
  }

  /** A copy of the next block, or undefined at the end of the archive. */
  async block(): Promise<Uint8Array | undefined> {
    if (!(await this.#fill())) return undefined;
    return this.take(BLOCK);
  }

  async take(length: number): Promise<Uint8Array> {
    const taken = new Uint8Array(length);
    let filled = 0;
    for await (const piece of this.read(length)) {
      taken.set(piece, filled);
      filled += piece.length;
    }
    return taken;
  }

  async skip(length: number): Promise<void> {
    for await (const _ of this.read(length));
  }

  async *read(length: number): AsyncGenerator<Uint8Array> {
    let left = length;
    while (left > 0) {
      if (!(await this.#fill())) throw new TruncatedArchive('tar: the archive breaks off');
      const piece = this.#chunk.subarray(0, Math.min(left, this.#chunk.length));
      this.#chunk = this.#chunk.subarray(piece.length);
      this.offset += piece.length;
      left -= piece.length;
      yield piece;
    }
  }

  async close(): Promise<void> {
    await this.#iterator.return?.();
  }

  async #fill(): Promise<boolean> {
    while (this.#chunk.length === 0) {
      const next = await this.#iterator.next();
      if (next.done === true) return false;
      this.#chunk = next.value;
    }
    return true;
  }
}
