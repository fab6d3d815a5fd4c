import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import type { BusEvent } from '../../../lib/hints/bus.ts';
import { cut } from '../../../lib/index/cut/cut.ts';
import { parseExpression } from '../../../lib/index/cut/expression/parse.ts';
import { createIndexer } from '../../../lib/index/indexer.ts';
import { capturesNamed, catalogOf, tableFiles, wholeCatalog } from '../../../lib/index/query/catalog.ts';
import { type Row, readRows } from '../../../lib/index/query/rows.ts';
import { type ExpectedFiles, expectedKey, expectedPointer } from '../../../lib/storage/expected.ts';
import { type IdentitySnapshot, snapshotKey } from '../../../lib/storage/snapshot.ts';
import { shared } from '../../shared.ts';
import { MemoryObjects } from './memory-objects.ts';

const KEY = 'retina/captures/demo-node-1-20261122100000UTC.tar.gz';
const UID = 'b1946ac9-2a5c-4f0e-9d8c-000000000001';
const example = readFileSync(shared('data/captures/02_example.pcap')); // 136 flows, 4,631 packets
const wikipedia = readFileSync(shared('data/captures/01_wikipedia.pcap')); // 34 flows, 136 packets

/** Tells the index whose file it is, as reconcile does. */
function expectFile(objects: MemoryObjects, key: string, cluster = 'prod'): void {
  const expected: ExpectedFiles = {
    version: 1,
    cluster,
    namespace: 'shop',
    name: 'demo',
    uid: UID,
    startTime: '2026-11-22T10:00:00Z',
    nodes: [{ node: 'node-1', keys: [key] }],
  };
  objects.place(expectedKey('index/', cluster, UID), Buffer.from(JSON.stringify(expected)));
  objects.place(expectedPointer('index/', '20261122100000UTC', cluster, UID), Buffer.alloc(0));
}

function setup() {
  const objects = new MemoryObjects();
  expectFile(objects, KEY);
  const sent: BusEvent[] = [];
  const logged: string[] = [];
  const index = createIndexer({
    config: { bucket: 'captures', indexPrefix: 'index/', clusters: ['prod'] },
    objects,
    bus: { put: async events => void sent.push(...events) },
    log: (_, message) => logged.push(message),
    now: () => new Date('2026-11-22T10:05:00Z'),
  });
  return { objects, sent, logged, index };
}

function event(
  sequencer: string,
  type: 'Created' | 'Deleted' = 'Created',
  key = KEY,
  bucket = 'captures',
): string {
  const reason =
    type === 'Created'
      ? { reason: 'PutObject' }
      : { reason: 'DeleteObject', 'deletion-type': 'Permanently Deleted' };
  return JSON.stringify({
    version: '0',
    source: 'aws.s3',
    'detail-type': `Object ${type}`,
    detail: {
      version: '0',
      bucket: { name: bucket },
      object: { key, size: 1, etag: 'x', sequencer },
      ...reason,
    },
  });
}

async function rowsOf(objects: MemoryObjects, table: 'conn' | 'capture'): Promise<Row[]> {
  const catalog = await wholeCatalog(objects, 'index/');
  const rows: Row[] = [];
  for (const file of tableFiles(catalog, table))
    for await (const row of readRows(objects, file)) rows.push(row);
  return rows;
}

/** Every table file there is belongs to what is in effect: what a reader of the bare folders sees is the truth. */
async function expectNoStray(objects: MemoryObjects): Promise<void> {
  const catalog = await wholeCatalog(objects, 'index/');
  const named = catalog.indexed.flatMap(({ files }) => files.map(file => file.key)).sort();
  expect(objects.keys('index/table=')).toEqual(named);
}

describe('indexing what lands in the bucket', () => {
  it('makes tables in partitions, finds them by Capture, and tells the bus', async () => {
    const { objects, sent, index } = setup();
    objects.place(KEY, example);
    await index(event('00A1'));

    const keys = objects.keys('index/table=conn/');
    expect(keys).toHaveLength(1);
    expect(keys[0]).toMatch(
      new RegExp(
        `^index/table=conn/cluster=prod/day=2013-05-02/capture=${UID}\\.[0-9a-f]{16}\\.[0-9a-f]{16}\\.parquet$`,
      ),
    );
    const named = await capturesNamed(objects, 'index/', {
      cluster: 'prod',
      namespace: 'shop',
      name: 'demo',
    });
    expect([...named.keys()]).toEqual([UID]);
    const catalog = await catalogOf(objects, 'index/', named.get(UID)!);
    expect(catalog.indexed).toHaveLength(1);
    expect(await rowsOf(objects, 'conn')).toHaveLength(136);
    expect(await rowsOf(objects, 'capture')).toMatchObject([
      { object_key: KEY, cluster: 'prod', namespace: 'shop', capture: 'demo', node: 'node-1', packets: 4631 },
    ]);
    await expectNoStray(objects);

    const [indexed, ...findings] = sent;
    expect(indexed).toMatchObject({
      detailType: 'Capture Indexed',
      detail: {
        data: {
          cluster: 'prod',
          namespace: 'shop',
          name: 'demo',
          uid: UID,
          object: { key: KEY },
          counts: { packets: 4631, flows: 136 },
        },
      },
    });
    expect(findings.length).toBeGreaterThan(0);
    expect(findings.every(({ detailType }) => detailType === 'Capture Finding')).toBe(true);
  });

  it('changes nothing when an event is repeated, and tells the same facts under the same ids', async () => {
    const { objects, sent, index } = setup();
    objects.place(KEY, example);
    await index(event('00A1'));
    const before = new Map(objects.stored);
    const first = sent.splice(0);
    await index(event('00A1'));
    expect(objects.stored).toEqual(before);
    expect(sent).toEqual(first);
  });

  it('asks for the manifest of a new file once, and writes it twice on the ground of what it knows', async () => {
    const { objects, index } = setup();
    objects.place(KEY, example);
    const calls: string[] = [];
    for (const name of ['head', 'get', 'put'] as const) {
      const call = objects[name].bind(objects) as (key: string, ...more: unknown[]) => Promise<never>;
      objects[name] = (key: string, ...more: unknown[]) => {
        if (key.startsWith('index/objects/')) calls.push(name);
        return call(key, ...more);
      };
    }
    await index(event('00A1'));
    expect(calls).toEqual(['head', 'put', 'put']);
  });

  it('replaces the rows of a replaced file, and an overtaken event changes nothing', async () => {
    const { objects, sent, logged, index } = setup();
    objects.place(KEY, example);
    await index(event('00A1'));
    objects.place(KEY, wikipedia);
    await index(event('00A2'));
    expect(await rowsOf(objects, 'conn')).toHaveLength(34);
    await expectNoStray(objects);
    const count = sent.length;
    await index(event('00A1'));
    expect(await rowsOf(objects, 'conn')).toHaveLength(34);
    expect(logged.at(-1)).toBe('late');
    expect(sent).toHaveLength(count);
  });

  it('takes out the rows of a deleted file, and of one that was replaced by what is no capture', async () => {
    const { objects, logged, index } = setup();
    objects.place(KEY, example);
    await index(event('00A1'));
    objects.place(KEY, Buffer.from('hello, world'));
    await index(event('00A2'));
    expect(logged.at(-1)).toBe('not a capture');
    expect(objects.keys('index/table=')).toEqual([]);
    objects.place(KEY, example);
    await index(event('00A3'));
    expect(await rowsOf(objects, 'conn')).toHaveLength(136);
    objects.stored.delete(KEY);
    await index(event('00A4', 'Deleted'));
    expect(objects.keys('index/table=')).toEqual([]);
    await index(event('00A3'));
    expect(objects.keys('index/table=')).toEqual([]);
  });

  it('ends in the same place whatever the order and repetition of events', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray(['00A1', '00A2', '00A3', '00A1', '00A2', '00A3'], { minLength: 6 }),
        fc.boolean(),
        async (order, gone) => {
          const { objects, index } = setup();
          if (!gone) objects.place(KEY, wikipedia); // by now it is what the last event left
          for (const sequencer of order) {
            await index(event(sequencer, gone && sequencer === '00A3' ? 'Deleted' : 'Created'));
          }
          expect((await rowsOf(objects, 'conn')).length).toBe(gone ? 0 : 34);
          await expectNoStray(objects);
        },
      ),
      { numRuns: 20 },
    );
  });

  it('ends in the same place when two versions are indexed at the same time', async () => {
    const { objects, index } = setup();
    objects.place(KEY, wikipedia);
    const tries = async (body: string) => {
      for (let i = 0; i < 5; i++) {
        const failed = await index(body).then(
          () => false,
          () => true,
        );
        if (!failed) return;
      }
      throw new Error('never succeeded');
    };
    await Promise.all(['00A1', '00A2', '00A2', '00A3'].map(sequencer => tries(event(sequencer))));
    expect(await rowsOf(objects, 'conn')).toHaveLength(34);
    await expectNoStray(objects);
  });

  it('recovers from an end at any moment, before or after each change of the store', async () => {
    class Crash extends Error {}
    let moments = 0;
    for (let crash = 0; ; crash++) {
      const { objects, index } = setup();
      objects.place(KEY, example);
      await index(event('00A1'));
      objects.place(KEY, wikipedia);
      let count = 0;
      const tick = () => {
        if (count++ === crash) throw new Crash();
      };
      objects.before = tick;
      objects.after = tick;
      const crashed = await index(event('00A2')).then(
        () => false,
        error => {
          if (error instanceof Crash) return true;
          throw error;
        },
      );
      objects.before = () => {};
      objects.after = () => {};
      if (crashed) {
        moments++;
        // Until the next attempt, what a reader sees through the manifest is one whole version or the other.
        expect([136, 34]).toContain((await rowsOf(objects, 'conn')).length);
        await index(event('00A2'));
      }
      expect(await rowsOf(objects, 'conn')).toHaveLength(34);
      await expectNoStray(objects);
      if (!crashed) break;
    }
    expect(moments).toBeGreaterThan(20);
  }, 60_000);

  it.each([
    ['another bucket', event('00A1', 'Created', KEY, 'other')],
    [
      'the index itself',
      event('00A1', 'Created', 'index/table=conn/cluster=prod/day=2026-11-22/capture=x.parquet'),
    ],
    ['a key without a Capture', event('00A1', 'Created', 'somebody/notes.txt')],
    ['an object that is gone', event('00A1', 'Created', 'retina/captures/gone.tar.gz')],
    ['a test message of S3', '{"Service":"Amazon S3","Event":"s3:TestEvent"}'],
    ['something that is not JSON', 'hello'],
  ])('ignores %s', async (_, body) => {
    const { objects, sent, index } = setup();
    objects.place(KEY, example);
    objects.place('somebody/notes.txt', Buffer.from('hello'));
    const before = new Map(objects.stored);
    await index(body);
    expect(objects.stored).toEqual(before);
    expect(sent).toEqual([]);
  });

  it('ignores the file of a cluster that is not ours', async () => {
    const { objects, index } = setup();
    objects.stored.clear();
    expectFile(objects, KEY, '../../elsewhere');
    objects.place(KEY, example);
    const before = objects.keys();
    await index(event('00A1'));
    expect(objects.keys()).toEqual(before);
  });

  it('ignores a file that nobody awaits, whatever it says of itself', async () => {
    const { objects, index } = setup();
    const key = KEY.replace('node-1', 'node-2');
    objects.place(key, example, { 'capture-cluster': 'prod', 'capture-uid': UID, 'capture-node': 'node-1' });
    const before = objects.keys();
    await index(event('00A1', 'Created', key));
    expect(objects.keys()).toEqual(before);
  });

  it('ignores a file that says it is another’s', async () => {
    const { objects, index } = setup();
    objects.place(KEY, example, { 'capture-cluster': 'prod', 'capture-uid': '../../../x' });
    const before = objects.keys();
    await index(event('00A1'));
    expect(objects.keys()).toEqual(before);
  });

  it.each(['retina/a b+c%2Bd/é&?', '../../up', 'k'.repeat(990)])(
    'takes the key %s as it is, and never leaves the prefix of the index',
    async name => {
      const { objects, index } = setup();
      const key = `${name}-20261122100000UTC.tar.gz`;
      expectFile(objects, key);
      objects.place(key, wikipedia);
      await index(event('00A1', 'Created', key));
      expect(await rowsOf(objects, 'capture')).toMatchObject([{ object_key: key }]);
      for (const made of objects.keys().filter(made => made !== key)) {
        expect(new URL(`s3://bucket/${made}`).pathname.startsWith('/index/')).toBe(true);
      }
    },
  );

  it('copies an archive that is compressed in one piece, once, so that it can be cut by ranges', async () => {
    const { objects, index } = setup();
    const noise = randomBytes(3_000_000); // so that the archive has more than one block of each kind
    const padded = Buffer.concat([example, ...Array.from({ length: 50 }, (_, i) => noisePacket(noise, i))]);
    objects.place(KEY, gzipSync(padded));
    await index(event('00A1'));
    expect(objects.keys('index/archive/')).toHaveLength(1);
    const catalog = await wholeCatalog(objects, 'index/');
    const archive = objects.stored.get(catalog.indexed[0]!.archive!.key)!.body;
    expect(gunzipSync(archive).equals(padded)).toBe(true);
    const { packets, content } = await cut(
      catalog,
      { type: 'where', expression: parseExpression('port 53'), text: '' },
      () => {
        throw new Error('the original must not be read');
      },
    );
    expect(packets).toBe(138);
    let bytes = 0;
    for await (const part of content) bytes += part.length;
    expect(bytes).toBeGreaterThan(138 * 60);

    objects.place(KEY, wikipedia);
    await index(event('00A2'));
    expect(objects.keys('index/archive/')).toEqual([]);
  });

  it('reads a file again when the snapshot of the end, which comes later, shows that an address changed hands', async () => {
    const { objects, sent, index } = setup();
    objects.place(KEY, example);
    const pod = (name: string, started: string) => ({
      namespace: 'shop',
      name,
      uid: name,
      ips: ['10.0.0.6'],
      hostNetwork: false,
      labels: {},
      created: started,
      started,
    });
    const store = (moment: 'start' | 'end', takenAt: string, pods: IdentitySnapshot['pods']) => {
      const snapshot: IdentitySnapshot = {
        version: 1,
        cluster: 'prod',
        takenAt,
        pods,
        services: [],
        nodes: [],
      };
      const key = snapshotKey('index/', 'prod', UID, moment);
      objects.place(key, gzipSync(JSON.stringify(snapshot)));
      return event('0001', 'Created', key);
    };
    store('start', '2013-05-02T20:20:33Z', [pod('web-1', '2013-05-02T19:00:00Z')]);
    await index(event('00A1'));
    const names = async () => {
      const rows = await rowsOf(objects, 'conn');
      const mine = rows.filter(row => row.id_orig_h === '10.0.0.6');
      return [...new Set(mine.map(row => row.orig_pod_name))];
    };
    expect(await names()).toEqual(['web-1']);

    const body = store('end', '2013-05-02T20:20:50Z', [pod('cart-1', '2013-05-02T20:20:40Z')]);
    const ids = sent.map(({ detail }) => detail.metadata.id);
    sent.length = 0;
    await index(body);
    expect((await names()).sort()).toEqual(['cart-1', 'web-1']);
    expect(sent.map(({ detail }) => detail.metadata.id)).toEqual(ids);
    await expectNoStray(objects);

    const before = new Map(objects.stored);
    await index(body);
    expect(objects.stored).toEqual(before);
  });
});

/** A classic pcap record of 60,000 bytes that are no protocol. */
function noisePacket(noise: Buffer, number: number): Buffer {
  const head = Buffer.alloc(16);
  head.writeUInt32LE(1_367_526_050 + number, 0);
  head.writeUInt32LE(60_000, 8);
  head.writeUInt32LE(60_000, 12);
  return Buffer.concat([head, noise.subarray(number * 60_000, (number + 1) * 60_000)]);
}
