import { startAnalysers } from '../../../../lib/index/applications/index.ts';
import { indexCapture } from '../../../../lib/index/engine/index-capture.ts';
import { streamSource } from '../../../../lib/index/engine/source.ts';
import { CaptureError } from '../../../../lib/pcap/errors.ts';
import {
  inChunks,
  mutate,
  pcapng,
  Random,
  type SamplePacket,
  sampleFiles,
  samplePackets,
} from '../../pcap/mutate.ts';

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
    const { summary } = await indexCapture(source, sink, { analysers: startAnalysers });
    expect(summary.partial).toBe(false);
    expect(summary.packets).toBe(mutated.length);
    decoded += summary.packets;
    flows += summary.flows;
  }
  expect(flows).toBeGreaterThan(10_000);
}, 300_000);

it('opens 6,000 mutated files, or says in a sentence why it does not', async () => {
  const files = sampleFiles();
  const random = new Random(65_537);
  let opened = 0;
  let refused = 0;
  for (let count = 0; count < 6_000; count++) {
    const file = mutate(random, files[count % files.length]!);
    try {
      await indexCapture(streamSource('fuzz', inChunks(file, random)), sink, { limits });
      opened++;
    } catch (error) {
      expect(error).toBeInstanceOf(CaptureError);
      refused++;
    }
  }
  expect(opened).toBeGreaterThan(2_000);
  expect(refused).toBeGreaterThan(200);
}, 300_000);
