/** Frames that Initial packets may hold (RFC 9000 sections 12.4 and 19). */

import { varint, varintSize } from './packet.ts';

const PADDING = 0x00;
const PING = 0x01;
const ACK = 0x02;
const ACK_ECN = 0x03;
const CRYPTO = 0x06;
const CONNECTION_CLOSE = 0x1c;
const MAX_RANGES = 1024;

export interface FrameListener {
  crypto(offset: number, data: Uint8Array): void;
  /** A transport error; 0x100 and more are TLS alerts. */
  close(error: number): void;
}

/** Reads frames up to the first that does not belong here; a CRYPTO frame that is cut is given as far as it goes. */
export function readFrames(buf: Uint8Array, listener: FrameListener): void {
  let pos = 0;
  while (pos < buf.length) {
    const type = buf[pos]!;
    if (type === PADDING || type === PING) {
      pos++;
      continue;
    }
    const next = readFrame(type, buf, pos + 1, listener);
    if (next === undefined) return;
    pos = next;
  }
}

function readFrame(type: number, buf: Uint8Array, at: number, listener: FrameListener): number | undefined {
  switch (type) {
    case ACK:
    case ACK_ECN:
      return skipAck(buf, at, type === ACK_ECN);
    case CRYPTO: {
      const [offset, length, data] = integers(buf, at, 2) ?? [];
      if (offset === undefined || length === undefined || data === undefined) return undefined;
      listener.crypto(offset, buf.subarray(data, data + length));
      return data + length;
    }
    case CONNECTION_CLOSE: {
      const error = varint(buf, at, buf.length);
      if (error !== undefined) listener.close(error);
      return undefined;
    }
    default:
      return undefined;
  }
}

/** Largest acknowledged, delay, number of further ranges, first range; then two integers a range. */
function skipAck(buf: Uint8Array, at: number, hasCounts: boolean): number | undefined {
  const head = integers(buf, at, 4);
  if (!head || head[2]! > MAX_RANGES) return undefined;
  const rest = 2 * head[2]! + (hasCounts ? 3 : 0);
  return integers(buf, head[4]!, rest)?.at(-1);
}

/** So many integers, and behind them the offset after the last. */
function integers(buf: Uint8Array, at: number, count: number): number[] | undefined {
  const values: number[] = [];
  let pos = at;
  for (let i = 0; i < count; i++) {
    const value = varint(buf, pos, buf.length);
    if (value === undefined) return undefined;
    values.push(value);
    pos += varintSize(buf[pos]!);
  }
  values.push(pos);
  return values;
}
