import { isDeepStrictEqual } from 'node:util';
import { startAnalysers } from '../../../../lib/index/applications/index.ts';
import { indexCapture } from '../../../../lib/index/engine/index-capture.ts';
import { streamSource } from '../../../../lib/index/engine/source.ts';
import { Collector } from './collect.ts';
import { datagram, pcap } from './lane-frames.ts';

/** Every two minutes other flows, and now and then a packet of those before, which is fifty seconds late: 3 MB. */
const capture = pcap(
  1,
  Array.from({ length: 24_000 }, (_, i) => {
    const isLate = i % 50 === 0 && i > 6000;
    const period = Math.floor(i / 6000) - Number(isLate);
    const time = i * 20_000 - (isLate ? 50_000_000 : 0);
    return datagram(time, 2000 + 600 * period + (i % 501), Buffer.alloc(70));
  }),
);

async function rowsIn(pieces: number[]) {
  const chunks = (async function* () {
    for (let at = 0, i = 0; at < capture.length; i++) {
      const end = at + pieces[i % pieces.length]!;
      yield new Uint8Array(capture.subarray(at, end));
      at = end;
    }
  })();
  const tables = new Collector();
  const source = { ...streamSource('file', chunks), identity: 'same' };
  await indexCapture(source, tables, { analysers: startAnalysers });
  return { conn: tables.table('conn'), packets: tables.table('packets') };
}

it('finds the same flows, in the same order, in whatever pieces a capture comes', async () => {
  const whole = await rowsIn([capture.length]);
  expect(whole.conn.length).toBeGreaterThan(4 * 501); // some were found idle
  for (const pieces of [[262_144], [1 << 20, 64, 300_001], [65_536], [9_999, 1]]) {
    expect(isDeepStrictEqual(await rowsIn(pieces), whole)).toBe(true); // to show the difference takes long
  }
});
