import { isIPv4 } from 'node:net';

/*
 * pcapng as in draft-ietf-opsawg-pcapng: one section, little endian; the blocks come as bytes, to be written in order.
 */
const SECTION_HEADER = 0x0a0d0d0a;
const INTERFACE_DESCRIPTION = 1;
const NAME_RESOLUTION = 4;
const ENHANCED_PACKET = 6;
const OPT_COMMENT = 1;
const SHB_USERAPPL = 4;
const IF_NAME = 2;
const IF_TSRESOL = 9;
const NANOSECONDS = 9;
const LONGEST_OPTION = 65_535;

const encoder = new TextEncoder();

/** `comment` and the program that wrote the file. */
export function sectionHeader(comment: string, program: string): Uint8Array {
  const body = new Uint8Array(16);
  const view = new DataView(body.buffer);
  view.setUint32(0, 0x1a2b3c4d, true);
  view.setUint16(4, 1, true); // version 1.0
  view.setBigInt64(8, -1n, true); // length not given
  return block(SECTION_HEADER, [
    body,
    option(OPT_COMMENT, comment),
    option(SHB_USERAPPL, program),
    END_OF_OPTIONS,
  ]);
}

/** An interface whose times are in nanoseconds; its number is how many were described before. */
export function interfaceDescription(linkType: number, snaplen: number, name: string | null): Uint8Array {
  const body = new Uint8Array(8);
  const view = new DataView(body.buffer);
  view.setUint16(0, linkType, true);
  view.setUint32(4, snaplen, true);
  const options = [optionBytes(IF_TSRESOL, Uint8Array.of(NANOSECONDS)), END_OF_OPTIONS];
  return block(INTERFACE_DESCRIPTION, [body, ...(name ? [option(IF_NAME, name)] : []), ...options]);
}

/** Names of addresses, in as many blocks as it takes. */
export function* nameResolutions(names: ReadonlyMap<string, readonly string[]>): Generator<Uint8Array> {
  let records: Uint8Array[] = [];
  for (const [address, texts] of names) {
    if (texts.length === 0) continue;
    records.push(nameRecord(address, texts));
    if (records.length === 1000) {
      yield block(NAME_RESOLUTION, [...records, END_OF_OPTIONS]);
      records = [];
    }
  }
  if (records.length > 0) yield block(NAME_RESOLUTION, [...records, END_OF_OPTIONS]);
}

function nameRecord(address: string, names: readonly string[]): Uint8Array {
  const bytes = isIPv4(address) ? Uint8Array.from(address.split('.'), Number) : ipv6Bytes(address);
  const texts = encoder.encode(names.map(name => `${name.replaceAll('\0', '')}\0`).join(''));
  const value = new Uint8Array(bytes.length + texts.length);
  value.set(bytes);
  value.set(texts, bytes.length);
  return optionBytes(isIPv4(address) ? 1 : 2, value); // a record is laid out as an option is
}

/** `time` in nanoseconds since the epoch. */
export function enhancedPacket(
  interfaceNumber: number,
  time: bigint,
  origlen: number,
  data: Uint8Array,
): Uint8Array {
  const header = new Uint8Array(20);
  const view = new DataView(header.buffer);
  view.setUint32(0, interfaceNumber, true);
  view.setUint32(4, Number(BigInt.asUintN(64, time) >> 32n), true);
  view.setUint32(8, Number(time & 0xffffffffn), true);
  view.setUint32(12, data.length, true);
  view.setUint32(16, origlen, true);
  return block(ENHANCED_PACKET, [header, data]);
}

function block(type: number, parts: readonly Uint8Array[]): Uint8Array {
  const content = parts.reduce((sum, part) => sum + padded(part.length), 0);
  const bytes = new Uint8Array(12 + content);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, type, true);
  view.setUint32(4, bytes.length, true);
  let at = 8;
  for (const part of parts) {
    bytes.set(part, at);
    at += padded(part.length);
  }
  view.setUint32(at, bytes.length, true);
  return bytes;
}

function padded(length: number): number {
  return (length + 3) & ~3;
}

const END_OF_OPTIONS = new Uint8Array(4);

function option(code: number, text: string): Uint8Array {
  return optionBytes(code, encoder.encode(text).subarray(0, LONGEST_OPTION));
}

function optionBytes(code: number, value: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(4 + padded(value.length));
  const view = new DataView(bytes.buffer);
  view.setUint16(0, code, true);
  view.setUint16(2, value.length, true);
  bytes.set(value, 4);
  return bytes;
}

/** The sixteen bytes of a textual address; `conn` writes them as RFC 5952 says. */
function ipv6Bytes(address: string): Uint8Array {
  const text = address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, a, b, c, d) => {
    const half = (high: string, low: string) => ((Number(high) << 8) | Number(low)).toString(16);
    return `${half(a, b)}:${half(c, d)}`;
  });
  const [head = '', tail] = text.split('::');
  const groups = (part: string) =>
    part === '' ? [] : part.split(':').map(group => Number.parseInt(group, 16));
  const front = groups(head);
  const back = tail === undefined ? [] : groups(tail);
  const all = [...front, ...new Array<number>(8 - front.length - back.length).fill(0), ...back];
  return Uint8Array.from(all.flatMap(group => [group >> 8, group & 255]));
}
