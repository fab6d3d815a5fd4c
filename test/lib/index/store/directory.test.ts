import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDirectoryObjects } from '../../../../lib/index/store/directory.ts';

const folder = mkdtempSync(join(tmpdir(), 'directory-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('makes the folders that a key names, at the same time for several', async () => {
  const objects = createDirectoryObjects(join(folder, 'new/index'));
  await Promise.all(['a/b/c/1', 'a/b/c/2', 'a/b/3', '4'].map(key => objects.put(key, key)));
  const keys: string[] = [];
  for await (const { key } of objects.list('')) keys.push(key);
  expect(keys).toEqual(['4', 'a/b/3', 'a/b/c/1', 'a/b/c/2']);
  expect(readFileSync(join(folder, 'new/index/a/b/c/2'), 'utf8')).toBe('a/b/c/2');
});

it('says where no folder can be made', async () => {
  writeFileSync(join(folder, 'file'), '');
  symlinkSync('nowhere', join(folder, 'dangling'));
  const put = (path: string) => createDirectoryObjects(path).put('a/b', '');
  await expect(put('/proc/none')).rejects.toThrow(
    /^\/proc\/none cannot be made: no folder can be made in \/proc$/,
  );
  await expect(put(join(folder, 'file/x'))).rejects.toThrow('ENOTDIR');
  await expect(put(join(folder, 'dangling'))).rejects.toThrow();
});
