/**
 * Feeds the index mutated captures until it is stopped: `node scripts/fuzz.ts [SEED]`.
 * A failure prints the seed that makes it come again, and ends the run.
 */
import { startAnalysers } from '../lib/index/applications/index.ts';
import { indexCapture } from '../lib/index/engine/index-capture.ts';
import { inOrderOfTime } from '../lib/index/engine/member-order.ts';
import { CaptureError } from '../lib/pcap/errors.ts';
import { Tables } from '../test/lib/index/tables.ts';
import { inChunks, mutate, pcapng, Random } from '../test/lib/pcap/mutate.ts';
import { sampleFiles, samplePackets } from '../test/lib/pcap/samples.ts';

const PACKETS_PER_FILE = 2000;
const MAX_SECONDS = 20;
const limits = { inflatedBytes: 16 * 2 ** 20, ratioFloor: 2 ** 20 };
const packets = samplePackets(100);
const files = Object.values(sampleFiles());

async function round(seed: number): Promise<void> {
  const random = new Random(seed);
  const isWhole = random.below(2) === 0;
  const mutated = Array.from({ length: PACKETS_PER_FILE }, () => {
    const { linkType, bytes } = packets[random.below(packets.length)]!;
    return { linkType, bytes: mutate(random, bytes) };
  });
  const file = isWhole ? mutate(random, files[random.below(files.length)]!) : pcapng(mutated, random);
  try {
    const source = { name: 'fuzz', isLasting: true, stream: () => inChunks(file, new Random(seed)) };
    await inOrderOfTime(async order => {
      const tables = new Tables();
      await indexCapture(source, tables, { analysers: startAnalysers, limits, ...(order && { order }) });
      tables.end();
    });
  } catch (error) {
    if (!(error instanceof CaptureError)) throw error;
  }
}

let seed = Number(process.argv[2] ?? Date.now() % 2 ** 31);
for (let count = 1; ; count++, seed++) {
  const start = performance.now();
  try {
    await round(seed);
  } catch (error) {
    console.error(`seed ${seed}:`, error);
    process.exit(1);
  }
  const seconds = (performance.now() - start) / 1000;
  if (seconds > MAX_SECONDS) {
    console.error(`seed ${seed}: took ${seconds.toFixed(1)} s`);
    process.exit(1);
  }
  if (count % 100 === 0) console.log(`${count} rounds, seed ${seed}`);
}
