import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { storeExpected } from '../../../lib/capture/expected.ts';
import type { BusEvent } from '../../../lib/hints/bus.ts';
import { createIndexer } from '../../../lib/index/indexer.ts';
import { wholeCatalog } from '../../../lib/index/query/catalog.ts';
import type { ObjectHead } from '../../../lib/storage/objects.ts';
import { OBJECT_METADATA } from '../../../lib/storage/report.ts';
import { type IdentitySnapshot, snapshotKey } from '../../../lib/storage/snapshot.ts';
import { shared } from '../../shared.ts';
import { captureOf, frozenOf, specOf } from '../capture/fixtures.ts';
import { MemoryObjects } from './memory-objects.ts';

const file = readFileSync(shared('data/captures/17_tcp-handshake-nano.pcap'));
const KEY = 'captures/tmp/demo-node-1-20260102030405UTC.tar.gz'; // where Retina's program puts it

/** A bucket whose objects have a time. */
class TimedObjects extends MemoryObjects {
  modified = new Date('2026-01-02T03:04:20Z');

  override async head(key: string): Promise<ObjectHead | undefined> {
    const head = await super.head(key);
    return head && { ...head, modified: this.modified };
  }
}

function setup() {
  const objects = new TimedObjects();
  const sent: BusEvent[] = [];
  const index = createIndexer({
    config: { bucket: 'captures', indexPrefix: 'index/', clusters: ['prod'] },
    objects,
    bus: { put: async events => void sent.push(...events) },
    log: () => {},
    now: () => new Date('2026-01-02T03:05:00Z'),
  });
  const start = async (uid = 'u-1', name = 'demo', cluster = 'prod') => {
    const spec = specOf({ output: { s3Upload: { bucket: 'captures', secretName: 's', path: 'captures' } } });
    const targets = ['node-1', 'node-2'].map(node => ({ node, podIPs: [] }));
    await storeExpected(objects, 'index/', cluster, captureOf(spec, { uid, name }), frozenOf(spec, targets));
  };
  const end = async (uid = 'u-1') => {
    const snapshot: IdentitySnapshot = {
      version: 1,
      cluster: 'prod',
      takenAt: '2026-01-02T03:05:00Z',
      pods: [],
      services: [],
      nodes: [],
    };
    const key = snapshotKey('index/', 'prod', uid, 'end');
    objects.place(key, gzipSync(JSON.stringify(snapshot)));
    await index(event(key));
  };
  const origins = async () =>
    (await wholeCatalog(objects, 'index/')).indexed.map(({ origin }) => [
      origin.uid,
      origin.node,
      origin.key,
    ]);
  return { objects, sent, index, start, end, origins };
}

function event(key: string, sequencer = '00A1', type = 'Object Created'): string {
  const detail = { bucket: { name: 'captures' }, object: { key, sequencer } };
  return JSON.stringify({ source: 'aws.s3', 'detail-type': type, detail });
}

describe('a file that does not say whose it is', () => {
  it('is that of the Capture which awaits it', async () => {
    const { objects, sent, index, start, origins } = setup();
    await start();
    objects.place(KEY, file);
    await index(event(KEY));
    expect(await origins()).toEqual([['u-1', 'node-1', KEY]]);
    expect(sent[0]).toMatchObject({
      detail: { data: { cluster: 'prod', namespace: 'default', name: 'demo', uid: 'u-1', node: 'node-1' } },
    });
    const before = new Map(objects.stored);
    await index(event(KEY));
    expect(objects.stored).toEqual(before);
  });

  it('is found at the end of its Capture when it came before that was known', async () => {
    const { objects, index, start, end, origins } = setup();
    objects.place(KEY, file);
    await index(event(KEY));
    expect(await origins()).toEqual([]);
    await start();
    await end();
    expect(await origins()).toEqual([['u-1', 'node-1', KEY]]);
    const before = new Map(objects.stored);
    await end();
    expect(objects.stored).toEqual(before);
    // Its own event, should it come late, and those of what becomes of it later, are newer.
    await index(event(KEY));
    expect(await origins()).toEqual([['u-1', 'node-1', KEY]]);
    objects.stored.delete(KEY);
    await index(event(KEY, '00A2', 'Object Deleted'));
    expect(await origins()).toEqual([]);
    await end();
    expect(await origins()).toEqual([]);
  });

  it.each([
    ['of a node that was not captured', KEY.replace('node-1', 'node-3')],
    ['in another place', KEY.replace('captures/tmp', 'elsewhere')],
    ['of another time', KEY.replace('03040', '03050')],
    ['of another name', KEY.replace('demo', 'demo2')],
    ['without a time in its name', 'captures/tmp/demo-node-1.tar.gz'],
  ])('is nobody’s: %s', async (_name, key) => {
    const { objects, index, start, end, origins } = setup();
    await start();
    objects.place(key, file);
    await index(event(key));
    await end();
    expect(await origins()).toEqual([]);
  });

  it('is nobody’s when it is older than the Capture', async () => {
    const { objects, index, start, end, origins } = setup();
    await start();
    objects.modified = new Date('2026-01-02T03:04:04Z');
    objects.place(KEY, file);
    await index(event(KEY));
    await end();
    expect(await origins()).toEqual([]);
  });

  it('is nobody’s when two Captures await it', async () => {
    const { objects, index, start, end, origins } = setup();
    await start('u-1');
    await start('u-2');
    objects.place(KEY, file);
    await index(event(KEY));
    await end('u-1');
    expect(await origins()).toEqual([]);
  });

  it('is not that of a cluster which is not ours', async () => {
    const { objects, index, start, origins } = setup();
    await start('u-1', 'demo', 'other');
    objects.place(KEY, file);
    await index(event(KEY));
    expect(await origins()).toEqual([]);
  });
});

describe('a file that says whose it is', () => {
  const key = 'captures/demo-node-1-20260102030405UTC.tar.gz'; // where our program puts it
  const said = (uid: string) => ({ [OBJECT_METADATA.cluster]: 'prod', [OBJECT_METADATA.uid]: uid });

  it('is that of the one which it names, when two Captures await it', async () => {
    const { objects, index, start, origins } = setup();
    await start('u-1');
    await start('u-2');
    objects.place(key, file, said('u-2'));
    await index(event(key));
    expect(await origins()).toEqual([['u-2', 'node-1', key]]);
  });

  it('is nobody’s when the one that it names does not await it', async () => {
    const { objects, index, start, end, origins } = setup();
    await start();
    objects.place(key, file, said('u-9'));
    await index(event(key));
    await end();
    expect(await origins()).toEqual([]);
  });
});
