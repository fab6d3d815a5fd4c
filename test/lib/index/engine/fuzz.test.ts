import { startAnalysers } from '../../../../lib/index/applications/index.ts';
import { indexCapture } from '../../../../lib/index/engine/index-capture.ts';
import { inOrderOfTime } from '../../../../lib/index/engine/member-order.ts';
import { streamSource } from '../../../../lib/index/engine/source.ts';
import { linkDecoder } from '../../../../lib/pcap/decode/link.ts';
import { CaptureError } from '../../../../lib/pcap/errors.ts';
import { inChunks, mutate, pcapng, Random, type SamplePacket } from '../../pcap/mutate.ts';
import { sampleFiles, samplePackets } from '../../pcap/samples.ts';
import { Tables } from '../tables.ts';

const sink = { write: () => {}, drain: async () => {} };
const limits = { inflatedBytes: 16 * 2 ** 20, ratioFloor: 2 ** 20 };

it('decodes 200,000 mutated packets of all link types without an exception', async () => {
  const packets = samplePackets(60);
  const random = new Random(20_261_122);
  let decoded = 0;
  let flows = 0;
  while (decoded < 200_000) {
    const mutated: SamplePacket[] = [];
    for (let count = 0; count < 4000; count++) {
      const { linkType, bytes } = packets[random.below(packets.length)]!;
      mutated.push({ linkType, bytes: mutate(random, bytes) });
    }
    const source = streamSource('fuzz', inChunks(pcapng(mutated, random), random));
    const tables = new Tables();
    const { summary } = await indexCapture(source, tables, { analysers: startAnalysers });
    tables.end();
    expect(tables.bytes).toBeGreaterThan(1000);
    expect(summary.partial).toBe(false);
    expect(summary.packets).toBe(mutated.length);
    decoded += summary.packets;
    flows += summary.flows;
  }
  expect(flows).toBeGreaterThan(10_000);
}, 300_000);

it('has samples of every link type, which decode', async () => {
  const known = Array.from({ length: 1024 }, (_, linkType) => linkType).filter(linkDecoder);
  const packets = samplePackets(60);
  for (const linkType of known) {
    const own = packets.filter(packet => packet.linkType === linkType);
    const { summary } = await indexCapture(
      streamSource('sample', inChunks(pcapng(own, new Random(1)), new Random(1))),
      sink,
    );
    expect({ linkType, flows: summary.flows > 0 }).toEqual({ linkType, flows: true });
  }
});

/** As a file that can be read again. */
async function open(bytes: Buffer, seed: number) {
  const source = { name: 'fuzz', isLasting: true, stream: () => inChunks(bytes, new Random(seed)) };
  return await inOrderOfTime(async order => {
    const tables = new Tables();
    const options = { analysers: startAnalysers, limits, ...(order && { order }) };
    const indexed = await indexCapture(source, tables, options);
    tables.end();
    return indexed;
  });
}

it('has sample files of every format in every wrapping, which open', async () => {
  for (const [name, bytes] of Object.entries(sampleFiles())) {
    const { summary } = await open(bytes, 1);
    expect({ name, packets: summary.packets > 0 || /64_empty|65_test002/.test(name) }).toEqual({
      name,
      packets: true,
    });
  }
});

it('opens 6,000 mutated files, or says in a sentence why it does not', async () => {
  const files = Object.values(sampleFiles());
  const random = new Random(65_537);
  const count = { opened: 0, refused: 0, wentOn: 0, brokeOff: 0 };
  for (let number = 0; number < 6_000; number++) {
    const file = mutate(random, files[number % files.length]!);
    try {
      const { summary } = await open(file, number);
      count.opened++;
      if (String(summary.partial).includes('were skipped')) count.wentOn++;
      else if (summary.partial !== false) count.brokeOff++;
    } catch (error) {
      expect(error).toBeInstanceOf(CaptureError);
      count.refused++;
    }
  }
  expect(count.opened).toBeGreaterThan(2_000);
  expect(count.refused).toBeGreaterThan(200);
  expect(count.wentOn).toBeGreaterThan(200);
  expect(count.brokeOff).toBeGreaterThan(200);
}, 300_000);
