import { readFileSync } from 'node:fs';
import { startAnalysers } from '../../../../lib/index/applications/index.ts';
import { indexCapture } from '../../../../lib/index/engine/index-capture.ts';
import { streamSource } from '../../../../lib/index/engine/source.ts';
import { shared } from '../../../shared.ts';
import { Collector, type Row } from './collect.ts';

/** Frames and their times in microseconds; a frame whose captured length was cut has its length on the wire. */
export interface Frame {
  time: number;
  bytes: Buffer;
  wire: number;
}

const FILE_HEADER = Buffer.from('d4c3b2a102000400000000000000000000000400', 'hex');

const TAG = Buffer.from('81000007', 'hex');

export function pcap(linkType: number, frames: Frame[]): Buffer {
  const records = frames.map(({ time, bytes, wire }) => {
    const header = Buffer.alloc(16);
    header.writeUInt32LE(1_700_000_000 + Math.floor(time / 1e6));
    header.writeUInt32LE(time % 1e6, 4);
    header.writeUInt32LE(bytes.length, 8);
    header.writeUInt32LE(wire, 12);
    return Buffer.concat([header, bytes]);
  });
  const type = Buffer.alloc(4);
  type.writeUInt32LE(linkType);
  return Buffer.concat([FILE_HEADER, type, ...records]);
}

/** What is in a capture, but for where the link layer makes a difference. */
export async function rowsOf(linkType: number, frames: Frame[], headerLength: number) {
  const tables = new Collector();
  const chunks = (async function* () {
    yield new Uint8Array(pcap(linkType, frames));
  })();
  const source = { ...streamSource('file', chunks), identity: 'same' };
  const { summary } = await indexCapture(source, tables, { analysers: startAnalysers });
  const conn = tables.table('conn').map(row => {
    const { vlan, inner_vlan, first_offset, last_offset, orig_l2_bytes, resp_l2_bytes, ...rest } = row;
    const withoutLink = (bytes: Row[string], packets: Row[string]) =>
      Number(bytes) - headerLength * Number(packets);
    return {
      ...rest,
      orig_l2_bytes: withoutLink(orig_l2_bytes!, row.orig_pkts!),
      resp_l2_bytes: withoutLink(resp_l2_bytes!, row.resp_pkts!),
    };
  });
  const packets = tables.table('packets').map(({ offset, caplen, origlen, ...rest }) => ({
    ...rest,
    caplen: Number(caplen) - headerLength,
    origlen: Number(origlen) - headerLength,
  }));
  const applications = ['dns', 'ssl', 'http'] as const;
  return {
    flows: summary.flows,
    duplicates: summary.duplicates,
    retransmissions: summary.retransmissions,
    conn: conn.sort(byTime),
    packets,
    applications: applications.map(name => tables.table(name).sort(byTime)),
  };
}

/** They come in the order in which flows are found idle, which is looked for at certain places of a file. */
const byTime = (a: Row, b: Row) =>
  Number((a.ts as bigint) - (b.ts as bigint)) || Number(a.flow) - Number(b.flow);

/** Packets with a VLAN tag take the usual way, all others the fast lane where they can: the rows are the same. */
export async function expectSameRows(frames: Frame[]) {
  const ethernet = await rowsOf(1, frames, 14);
  const tagged = frames.map(({ bytes, wire, time }) => ({
    time,
    wire: wire + TAG.length,
    bytes: Buffer.concat([bytes.subarray(0, 12), TAG, bytes.subarray(12)]),
  }));
  const usual = await rowsOf(1, tagged, 18);
  expect(ethernet).toEqual(usual);
  return ethernet;
}

export function framesOf(file: string): Frame[] {
  const bytes = readFileSync(shared('data/captures', file));
  const frames: Frame[] = [];
  for (let at = 24; at + 16 <= bytes.length; ) {
    const [seconds, micros, caplen, wire] = [0, 4, 8, 12].map(offset => bytes.readUInt32LE(at + offset));
    const time = (seconds! - 1_000_000_000) * 1e6 + micros!;
    frames.push({ time, wire: wire!, bytes: bytes.subarray(at + 16, at + 16 + caplen!) });
    at += 16 + caplen!;
  }
  return frames.filter(({ bytes: frame }) => frame.length >= 14);
}

/** A datagram over Ethernet and IPv4, between the same ends each time. */
export function datagram(time: number, port: number, payload: Buffer): Frame {
  const bytes = Buffer.alloc(42 + payload.length);
  bytes.writeUInt16BE(0x0800, 12);
  bytes[14] = 0x45;
  bytes.writeUInt16BE(bytes.length - 14, 16);
  bytes.writeUInt16BE(time % 65_536, 18);
  bytes[22] = 64;
  bytes[23] = 17;
  bytes.set([10, 0, 0, 1, 10, 0, 0, 2], 26);
  bytes.writeUInt16BE(40_000, 34);
  bytes.writeUInt16BE(port, 36);
  bytes.writeUInt16BE(8 + payload.length, 38);
  payload.copy(bytes, 42);
  return { time, bytes, wire: bytes.length };
}

/** Linux's own link layers, of which only the second version names the interface. */
const COOKED = {
  sll: { linkType: 113, length: 16, type: 14, packetType: 1 },
  sll2: { linkType: 276, length: 20, type: 0, packetType: 10 },
} as const;

type Cooked = keyof typeof COOKED;

/** An IP packet as Linux sees it on its way in on interface 2, and a moment later on its way out on interface 7. */
export function sighting(
  frame: Frame,
  delay: number,
  isSecond: boolean,
  cooked: Cooked,
  isTagged: boolean,
): Frame {
  const { length, type, packetType } = COOKED[cooked];
  const header = Buffer.alloc(length + (isTagged ? 4 : 0));
  header.writeUInt16BE(isTagged ? 0x8100 : 0x0800, type);
  if (cooked === 'sll2') header.writeUInt32BE(isSecond ? 7 : 2, 4);
  header[packetType] = isSecond ? 4 : 0;
  if (isTagged) header.writeUInt32BE(0x0007_0800, length);
  const bytes = Buffer.concat([header, frame.bytes.subarray(14)]);
  return { time: frame.time + (isSecond ? delay : 0), bytes, wire: frame.wire - 14 + header.length };
}

/** As {@link expectSameRows}, on all interfaces of a host, where each packet is seen twice. */
export async function expectSameSightings(
  frames: Frame[],
  delays: number[],
  cooked: Cooked,
  outside = (frame: Frame) => frame,
) {
  const [plain, tagged] = [false, true].map(isTagged =>
    frames
      .flatMap((frame, at) =>
        [false, true].map(isSecond =>
          sighting(
            isSecond ? outside(frame) : frame,
            delays[at % delays.length]!,
            isSecond,
            cooked,
            isTagged,
          ),
        ),
      )
      .sort((a, b) => a.time - b.time),
  );
  const { linkType, length } = COOKED[cooked];
  const lane = await rowsOf(linkType, plain!, length);
  const usual = await rowsOf(linkType, tagged!, length + 4);
  expect(lane).toEqual(usual);
  return lane;
}

/** The same over IPv6: addresses in which the last bytes, or the middle ones, tell the ends. */
export function overIpv6({ time, bytes, wire }: Frame, differsAt: number): Frame {
  const header = Buffer.alloc(54);
  bytes.copy(header, 0, 0, 12);
  header.writeUInt16BE(0x86dd, 12);
  header[14] = 0x60;
  header.writeUInt16BE(bytes.readUInt16BE(16) - 20, 18);
  header[20] = bytes[23]!;
  header[21] = bytes[22]!;
  bytes.copy(header, 22 + differsAt, 26, 30);
  bytes.copy(header, 38 + differsAt, 30, 34);
  return { time, wire: wire + 20, bytes: Buffer.concat([header, bytes.subarray(34)]) };
}
