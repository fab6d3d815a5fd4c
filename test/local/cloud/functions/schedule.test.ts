import { jest } from '@jest/globals';
import { LOCAL_ACCOUNT } from '../../../../local/cloud/account.ts';
import { Database } from '../../../../local/cloud/database.ts';
import { parseRate, Scheduler } from '../../../../local/cloud/functions/schedule.ts';

const DAY = 86_400_000;

beforeEach(() => {
  jest.useFakeTimers({ now: 1_700_000_000_000 });
});
afterEach(() => {
  jest.useRealTimers();
});

function start(rate: string) {
  const database = new Database(':memory:');
  const fired: number[] = [];
  const schedules = [{ name: 'sweep', function: 'sweep', seconds: parseRate(rate) }];
  const begun = Date.now();
  const scheduler = new Scheduler(database, LOCAL_ACCOUNT, schedules, () => fired.push(Date.now() - begun));
  return { fired, close: () => scheduler.close() };
}

it('fires at its rate', () => {
  const { fired, close } = start('rate(5 minutes)');
  jest.advanceTimersByTime(11 * 60_000);
  expect(fired).toEqual([300_000, 600_000]);
  close();
});

it('waits for a rate beyond what one timer can count to', () => {
  const { fired, close } = start('rate(60 days)');
  jest.advanceTimersByTime(1000);
  expect(fired).toEqual([]);
  jest.advanceTimersByTime(59 * DAY);
  expect(fired).toEqual([]);
  jest.advanceTimersByTime(2 * DAY);
  expect(fired).toEqual([60 * DAY]);
  close();
});

it('refuses a rate that it cannot read', () => {
  expect(() => parseRate('cron(0 12 * * ? *)')).toThrow('schedule cron(0 12 * * ? *) is not a rate(…)');
});
