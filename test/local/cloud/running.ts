import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Activity, type Cloud, type CloudOptions, startCloud } from '../../../local/cloud/cloud.ts';

export const FIXTURE = resolve(import.meta.dirname, 'fixture/serverless.yml');
export const FIXTURE_BUCKET = 'fixture-000000000000';

/** As much of every kind of event as the tests look at. */
export interface RecordedEvent {
  Records: { body: string }[];
  awslogs?: { data: string };
  'detail-type': string;
  detail: { object: { sequencer: string } };
}

export interface Recorded {
  function: string;
  event: RecordedEvent;
  requestId: string;
  remaining: number;
}

export interface Running {
  cloud: Cloud;
  dataDir: string;
  activity: Activity[];
  /** What the fixture's handlers were given so far, of one function or of all. */
  recorded(name?: string): Recorded[];
  /** Ends the cloud and removes its data. */
  close(): Promise<void>;
}

/** The fixture's cloud on a free port. */
export async function startFixture(options: Partial<CloudOptions> = {}): Promise<Running> {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'cloud-'));
  const record = join(dataDir, 'record.ndjson');
  process.env.FIXTURE_RECORD = record;
  const cloud = await startCloud({
    host: '127.0.0.1',
    port: 0,
    serverlessFile: FIXTURE,
    clusters: [{ name: 'demo', endpoint: 'http://127.0.0.1:1' }],
    ...options,
    dataDir,
  });
  const activity: Activity[] = [];
  cloud.on(item => activity.push(item));
  return {
    cloud,
    dataDir,
    activity,
    recorded: name => readRecord(record, name),
    async close() {
      await cloud.close();
      rmSync(dataDir, { recursive: true });
    },
  };
}

export function readRecord(path: string, name?: string): Recorded[] {
  if (!existsSync(path)) return [];
  return readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as Recorded)
    .filter(line => name === undefined || line.function === name);
}

/** Waits until `found` gives something; the test's own time limit is the only one. */
export async function until<Result>(found: () => Result | Promise<Result>): Promise<NonNullable<Result>> {
  for (;;) {
    const result = await found();
    if (result) return result;
    await delay(10);
  }
}
