import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { countPackets } from '../../workload/verify.ts';

let file: string;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'verify-'));
  file = join(folder, 'x.pcap');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A pcap of packets with these captured lengths. */
function pcap(lengths: number[]): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt32LE(262_144, 16);
  header.writeUInt32LE(1, 20);
  const records = lengths.map(length => {
    const record = Buffer.alloc(16 + length);
    record.writeUInt32LE(length, 8);
    record.writeUInt32LE(length, 12);
    return record;
  });
  return Buffer.concat([header, ...records]);
}

describe('countPackets', () => {
  it.each([
    [[]],
    [[60]],
    [[60, 0, 1514]],
    [Array(40_000).fill(100)],
    [[262_144, 262_144, 262_144, 262_144, 262_144]],
  ])('counts the packets of a whole file', async lengths => {
    writeFileSync(file, pcap(lengths));
    expect(await countPackets(file)).toEqual({ packets: lengths.length, whole: true });
  });

  it.each([0, 10, 24 + 5, 24 + 16 + 59, 24 + 76 + 16])(
    'sees that a file ends too early, after %d bytes',
    async length => {
      writeFileSync(file, pcap([60, 60]).subarray(0, length));
      const packets = length >= 24 + 76 ? 1 : 0;
      expect(await countPackets(file)).toEqual({ packets, whole: false });
    },
  );

  it('sees that a file is no capture from some point on', async () => {
    writeFileSync(file, Buffer.concat([pcap([60]), Buffer.alloc(5_000, 0xff)]));
    expect(await countPackets(file)).toEqual({ packets: 1, whole: false });
  });
});
