import { gzipSync } from 'node:zlib';
import { loadPositions, savePositions } from '../../../../lib/index/store/positions.ts';
import { MemoryObjects } from '../memory-objects.ts';

it('gives back what was saved', async () => {
  const store = new MemoryObjects();
  const positions = {
    members: [{ name: 'a.pcap', format: 'pcap' as const, start: 512 }],
    gzip: { compressed: [0, 90_000, 170_000], inflated: [0, 262_144, 2 ** 40] },
  };
  await savePositions(store, 'k', positions);
  expect(await loadPositions(store, 'k')).toEqual(positions);
});

it.each([[[-1]], [[0.5]], [['7']], [[null]], [{ 0: 7 }], [undefined]])(
  'refuses offsets that are none: %j',
  async offsets => {
    const store = new MemoryObjects();
    const json = JSON.stringify({ members: [], gzip: { compressed: offsets, inflated: [] } });
    await store.put('k', gzipSync(json));
    await expect(loadPositions(store, 'k')).rejects.toThrow('compressed');
  },
);

it('says which object is gone', async () => {
  await expect(loadPositions(new MemoryObjects(), 'k')).rejects.toThrow('k, which the index names, is gone');
});
