import { get, merge, type TestCluster, testCluster } from './client.ts';

const maps = '/api/v1/namespaces/default/configmaps';

/** Reads events from an open watch, one at a time. */
async function open(url: string, query: string, headers: Record<string, string> = {}) {
  const abort = new AbortController();
  const response = await fetch(`${url}${maps}?watch=1&${query}`, { signal: abort.signal, headers });
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  async function next(): Promise<unknown> {
    while (!text.includes('\n')) {
      const { value, done } = await reader.read();
      if (done) return undefined;
      text += value;
    }
    const line = text.slice(0, text.indexOf('\n'));
    text = text.slice(line.length + 1);
    return JSON.parse(line);
  }
  return { next, close: () => abort.abort() };
}

describe('a watch', () => {
  let cluster: TestCluster;
  beforeEach(async () => {
    cluster = await testCluster();
  });
  afterEach(() => cluster.close());

  const make = (name: string, labels = {}) => cluster.call('POST', maps, { metadata: { name, labels } });

  it('tells of changes as they happen', async () => {
    const watch = await open(cluster.url, 'resourceVersion=0');
    await make('a');
    expect(await watch.next()).toMatchObject({ type: 'ADDED', object: { metadata: { name: 'a' } } });
    await cluster.call('PATCH', `${maps}/a`, { data: { x: '1' } }, merge);
    expect(await watch.next()).toMatchObject({ type: 'MODIFIED', object: { data: { x: '1' } } });
    await cluster.call('DELETE', `${maps}/a`);
    expect(await watch.next()).toMatchObject({ type: 'DELETED', object: { metadata: { name: 'a' } } });
    watch.close();
  });

  it('misses nothing between a list and the watch from its version', async () => {
    const list = await cluster.call('GET', maps);
    await make('between');
    const watch = await open(cluster.url, `resourceVersion=${get(list.body, 'metadata.resourceVersion')}`);
    expect(await watch.next()).toMatchObject({ type: 'ADDED', object: { metadata: { name: 'between' } } });
    watch.close();
  });

  it('ends with 410 where the changes after a version are no longer kept', async () => {
    const first = await make('first');
    cluster = await cluster.restart();
    await make('second');
    const before = Number(get(first.body, 'metadata.resourceVersion')) - 1;
    const watch = await open(cluster.url, `resourceVersion=${before}`);
    expect(await watch.next()).toMatchObject({ type: 'ERROR', object: { code: 410, reason: 'Expired' } });
    expect(await watch.next()).toBeUndefined();
  });

  it('ends after its time with a bookmark of how far it came', async () => {
    const made = await make('unseen', { app: 'x' });
    const watch = await open(cluster.url, 'timeoutSeconds=1&allowWatchBookmarks=true&labelSelector=none');
    const { resourceVersion } = made.body.metadata as { resourceVersion: string };
    expect(await watch.next()).toMatchObject({
      type: 'BOOKMARK',
      object: { kind: 'ConfigMap', metadata: { resourceVersion } },
    });
    expect(await watch.next()).toBeUndefined();
  });

  it('sends rows to who asks for tables, with the columns once', async () => {
    await make('a');
    await make('b');
    const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io';
    const watch = await open(cluster.url, 'resourceVersion=0', { accept });
    const [first, second] = [await watch.next(), await watch.next()];
    expect(get(first, 'object.columnDefinitions.0.name')).toBe('Name');
    expect(get(first, 'object.rows.0.cells.0')).toBe('a');
    expect(get(second, 'object.columnDefinitions')).toEqual([]);
    expect(get(second, 'object.rows.0.object.kind')).toBe('PartialObjectMetadata');
    watch.close();
  });

  it('ends when the cluster closes', async () => {
    const watch = await open(cluster.url, 'resourceVersion=0');
    const end = watch.next().catch(() => undefined);
    cluster = await cluster.restart();
    expect(await end).toBeUndefined();
  });
});
