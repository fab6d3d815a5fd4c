/** Reads from bytes, numbers big-endian; the caller has checked the bounds. */

export function u16(buf: Uint8Array, at: number): number {
  return (buf[at]! << 8) | buf[at + 1]!;
}

export function u24(buf: Uint8Array, at: number): number {
  return (buf[at]! << 16) | (buf[at + 1]! << 8) | buf[at + 2]!;
}

export function u32(buf: Uint8Array, at: number): number {
  return ((buf[at]! << 24) | (buf[at + 1]! << 16) | (buf[at + 2]! << 8) | buf[at + 3]!) >>> 0;
}

let viewed: Uint8Array = new Uint8Array(0);
let view: Buffer = Buffer.alloc(0);

/** The same bytes as a Buffer, made once for each buffer that packets lie in. */
function bufferOf(buf: Uint8Array): Buffer {
  if (buf !== viewed) {
    view = Buffer.from(buf.buffer, buf.byteOffset, buf.length);
    viewed = buf;
  }
  return view;
}

export function latin1(buf: Uint8Array, start: number, end: number): string {
  return bufferOf(buf).toString('latin1', start, end);
}

/** A copy that outlives the buffer; `slice` of a Buffer would be none. */
export function copy(buf: Uint8Array, start: number, end: number): Uint8Array {
  return new Uint8Array(buf.subarray(start, end));
}
