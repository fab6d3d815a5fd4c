import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startAnalysers } from '../../../lib/index/applications/index.ts';
import { indexCapture } from '../../../lib/index/engine/index-capture.ts';
import { fileSource } from '../../../lib/index/engine/source.ts';
import { readCapture, readOnThread } from '../../../lib/index/read-capture.ts';
import { NotACapture } from '../../../lib/pcap/errors.ts';
import { shared } from '../../shared.ts';
import { Collector } from './engine/collect.ts';

const folder = mkdtempSync(join(tmpdir(), 'read-capture-'));
afterAll(() => rmSync(folder, { recursive: true }));

const path = shared('data/captures/03_many-protocols.pcap');
const source = { ...fileSource(path), path, identity: 'the same for all' };
const ignore = () => {};

it('gives the same rows on a thread of its own, however slowly they are taken', async () => {
  const expected = new Collector();
  const here = await indexCapture(source, expected, { analysers: startAnalysers });
  const tables = new Collector();
  tables.drain = () => new Promise(resolve => setTimeout(resolve, 5));
  const there = await readOnThread(source, tables, ignore);
  expect(there).toEqual(here);
  expect(tables.batches).toEqual(expected.batches);
  expect(tables.rows).toEqual(expected.rows);
  expect(tables.table('dns').length).toBeGreaterThan(0);
});

it('reads a small file without a thread', async () => {
  const tables = new Collector();
  const { summary } = await readCapture(source, tables);
  expect(summary.packets).toBe(4709);
  expect(tables.table('conn').length).toBe(summary.flows);
});

it('says what is wrong with a file that is no capture', async () => {
  const text = join(folder, 'notes.txt');
  writeFileSync(text, 'not a capture');
  const wrong = readOnThread({ ...fileSource(text), path: text }, new Collector(), ignore);
  await expect(wrong).rejects.toThrow(
    new NotACapture('notes.txt is no capture and no archive with one inside'),
  );
  await expect(wrong).rejects.toBeInstanceOf(NotACapture);
});

it('ends the thread when the tables cannot be kept', async () => {
  const full = new Collector();
  full.drain = async () => {
    throw new Error('no space left');
  };
  await expect(readOnThread(source, full, ignore)).rejects.toThrow('no space left');
});
