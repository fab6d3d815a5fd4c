import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataFolderInUse, takeDataFolder } from '../../local/data-folder.ts';

const folder = mkdtempSync(join(tmpdir(), 'data-folder-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('is used by one process at a time, which is named to the next', () => {
  const taken = takeDataFolder(folder);
  expect(() => takeDataFolder(folder)).toThrow(DataFolderInUse);
  expect(() => takeDataFolder(folder)).toThrow(`process ${process.pid}`);
  taken.release();
  takeDataFolder(folder).release();
  expect(existsSync(join(folder, 'platform.pid'))).toBe(false);
});

it.each(['', 'nonsense', `${process.pid} 1`, '999999999 12345'])('takes over a dead lock: %j', lock => {
  writeFileSync(join(folder, 'platform.pid'), lock);
  takeDataFolder(folder).release();
});
