import { readFileSync } from 'node:fs';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { shared } from '../../shared.ts';
import { pcapng, Random, type SamplePacket, tar } from './mutate.ts';
import { partsOf, recordsOf } from './parts.ts';

interface Entry {
  file: string;
  bytes: number;
}

const manifest: Entry[] = JSON.parse(readFileSync(shared('data/captures/manifest.json'), 'utf8'));
const read = (file: string) => readFileSync(shared('data/captures', file));

const SNAP = 'aaaa030000000800'; // IPv4 follows
const WIRELESS = `0800${'00'.repeat(22)}${SNAP}`;

/** What an IPv4 packet begins with on links of which there are no real captures. */
const LINK_HEADERS = new Map<number, string>([
  [0, '02000000'],
  [8, '00'.repeat(16)],
  [10, `${'00'.repeat(13)}${SNAP}`],
  [12, ''],
  [14, ''],
  [50, 'ff030021'],
  [51, '0000000000000021'],
  [104, '0f000800'],
  [105, WIRELESS],
  [107, '184103cc'],
  [108, '00000002'],
  [119, `${'00'.repeat(144)}${WIRELESS}`],
  [149, '0c0000000100000065000000'], // link type 101
  [166, 'ff030021'],
  [192, '0000080065000000'],
  [204, '00ff030021'],
  [239, '02000000ff000900'],
  [258, '0c0000000100000065000000'],
]);

/** Packets of the real captures, the first of each file, whatever its byte order; and some on all other links. */
export function samplePackets(perFile: number): SamplePacket[] {
  const packets: SamplePacket[] = [];
  for (const { file } of manifest.filter(entry => entry.file.endsWith('.pcap'))) {
    const bytes = read(file);
    const isBig = bytes[0] === 0xa1;
    const word = (at: number) => (isBig ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at));
    let at = 24;
    for (let count = 0; count < perFile && at + 16 <= bytes.length; count++) {
      const length = word(at + 8);
      if (length > 65_535 || at + 16 + length > bytes.length) break;
      packets.push({ linkType: word(20) & 0xffff, bytes: bytes.subarray(at + 16, at + 16 + length) });
      at += 16 + length;
    }
  }
  return [...packets, ...onOtherLinks(packets)];
}

function onOtherLinks(packets: readonly SamplePacket[]): SamplePacket[] {
  const framesOf = (type: number) =>
    packets.filter(
      ({ linkType, bytes }) => linkType === 1 && bytes.length > 34 && bytes.readUInt16BE(12) === type,
    );
  const ipv4 = framesOf(0x0800).slice(0, 20);
  const wrapped = [...LINK_HEADERS].flatMap(([linkType, header]) =>
    ipv4.map(({ bytes }) => ({
      linkType,
      bytes: Buffer.concat([Buffer.from(header, 'hex'), bytes.subarray(14)]),
    })),
  );
  const ipv6 = framesOf(0x86dd).slice(0, 20);
  return [...wrapped, ...ipv6.map(({ bytes }) => ({ linkType: 229, bytes: bytes.subarray(14) }))];
}

/** Captures of each format, and of each wrapping that the opener knows. */
export function sampleFiles(): Record<string, Buffer> {
  const small = manifest.filter(entry => entry.bytes < 8000);
  const bare = Object.fromEntries(small.map(({ file }) => [file, read(file)]));
  const long = shortened(read('01_wikipedia.pcap'), 90); // enough records to go on behind a damaged one
  const formats: Record<string, Buffer> = {
    ...bare,
    microseconds: long,
    'microseconds, big-endian': rewritten(long, 0xa1b2c3d4, true),
    nanoseconds: rewritten(long, 0xa1b23c4d, false),
    'nanoseconds, big-endian': rewritten(long, 0xa1b23c4d, true),
    modified: rewritten(long, 0xa1b2cd34, false),
    'modified, big-endian': rewritten(long, 0xa1b2cd34, true),
    pcapng: pcapng(
      recordsOf(long).map(record => ({ linkType: 1, bytes: record.subarray(16) })),
      new Random(1),
    ),
  };
  const archive = tar(Object.values(formats).map((bytes, at) => ({ name: `capture.pcap${at}`, bytes })));
  const parts = partsOf(long, 4).map((bytes, at) => ({ name: `part.pcap${at}`, bytes }));
  return {
    ...formats,
    tar: archive,
    'parts out of order': tar([2, 3, 0, 1].map(at => parts[at]!)),
    'tar.gz': gzipSync(archive),
    'tar.gz of many members': gzipMembers(tar(parts), 1000),
    'tar.zst': zstdCompressSync(tar(parts)),
    'archives in an archive': tar([
      { name: 'a.tar.gz', bytes: gzipSync(tar(parts)) },
      { name: 'b.tar', bytes: tar(parts) },
      { name: 'c.pcap.zst', bytes: zstdCompressSync(long) },
    ]),
    ...Object.fromEntries(Object.entries(bare).map(([name, bytes]) => [`${name}.gz`, gzipSync(bytes)])),
  };
}

/** As the capture workload writes it: a row of independent members. */
export function gzipMembers(bytes: Buffer, size: number): Buffer {
  const members: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size) members.push(gzipSync(bytes.subarray(at, at + size)));
  return Buffer.concat(members);
}

/** The same packets, as a snap length would cut them. */
function shortened(bytes: Buffer, snaplen: number): Buffer {
  const records = recordsOf(bytes).map(record => {
    const cut = Buffer.from(record.subarray(0, 16 + snaplen));
    cut.writeUInt32LE(cut.length - 16, 8);
    return cut;
  });
  return Buffer.concat([bytes.subarray(0, 24), ...records]);
}

/** A little-endian pcap of microseconds in another variant. */
function rewritten(bytes: Buffer, magic: number, isBig: boolean): Buffer {
  const words = (...values: number[]) => {
    const buffer = Buffer.alloc(values.length * 4);
    values.forEach((value, at) => {
      if (isBig) buffer.writeUInt32BE(value, at * 4);
      else buffer.writeUInt32LE(value, at * 4);
    });
    return buffer;
  };
  const extra = Buffer.alloc(magic === 0xa1b2cd34 ? 8 : 0); // Kuznetzov's interface, protocol and packet type
  const records = recordsOf(bytes).map(record => {
    const header = [0, 4, 8, 12].map(at => record.readUInt32LE(at));
    return Buffer.concat([words(...header), extra, record.subarray(16)]);
  });
  return Buffer.concat([words(magic, isBig ? 0x0002_0004 : 0x0004_0002, 0, 0, 65_535, 1), ...records]);
}
