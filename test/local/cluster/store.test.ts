import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KubeObject } from '../../../local/cluster/objects.ts';
import { Store } from '../../../local/cluster/store.ts';

const folder = mkdtempSync(join(tmpdir(), 'store-'));
afterAll(() => rmSync(folder, { recursive: true }));

function object(name: string, value = 0): KubeObject {
  const metadata = { name, namespace: 'default', uid: name, resourceVersion: '', creationTimestamp: '' };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata, value };
}

describe('the store', () => {
  it('keeps what was written, over many rewrites of its journal', () => {
    const path = join(folder, 'many');
    let store = new Store(path);
    for (let round = 0; round < 25_000; round++) store.put('/configmaps', object(`o${round % 10}`, round));
    store.remove('/configmaps', object('o3'));
    const { revision } = store;
    store.close();
    store = new Store(path);
    expect(store.revision).toBe(revision);
    expect(store.list('/configmaps').map(({ value }) => value)).toEqual(
      [0, 1, 2, 4, 5, 6, 7, 8, 9].map(last => 24_990 + last),
    );
    expect(readFileSync(path, 'utf8').trim().split('\n').length).toBe(10);
    store.close();
  });

  it('has every write that was answered, though the process is killed', async () => {
    const path = join(folder, 'killed');
    const program = `
      import { Store } from ${JSON.stringify(new URL('../../../local/cluster/store.ts', import.meta.url).href)};
      const store = new Store(process.argv[1]);
      for (let n = 0; ; n++) {
        const metadata = { name: 'o' + n, uid: '', resourceVersion: '', creationTimestamp: '' };
        store.put('/things', { apiVersion: 'v1', kind: 'Thing', metadata });
        if (n % 100 === 0) process.stdout.write(n + '\\n');
      }`;
    const child = spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', program, path],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    let answered = 0;
    const ended = new Promise(done => child.once('close', done));
    child.stdout.on('data', chunk => {
      answered = Math.max(answered, ...String(chunk).trim().split('\n').map(Number));
      if (answered >= 500) child.kill('SIGKILL');
    });
    await ended;
    const store = new Store(path);
    expect(store.list('/things').length).toBeGreaterThan(answered);
    expect(store.get('/things', `o${answered}`)).toBeDefined();
    store.close();
  });

  it('tells what came after a revision, or that it no longer knows', () => {
    const store = new Store(join(folder, 'history'));
    const first = store.put('/configmaps', object('a'));
    store.put('/configmaps', object('b'));
    expect(
      store.since(Number(first.metadata.resourceVersion))?.map(change => change.object.metadata.name),
    ).toEqual(['b']);
    expect(store.since(store.revision)).toEqual([]);
    for (let round = 0; round < 5000; round++) store.put('/configmaps', object('a', round));
    expect(store.since(Number(first.metadata.resourceVersion))).toBeUndefined();
    expect(store.since(store.revision - 1)).toHaveLength(1);
    store.close();
  });
});
