import { type Account, arn } from '../account.ts';
import type { Database } from '../database.ts';

export interface Schedule {
  name: string;
  function: string;
  seconds: number;
}

const UNITS: Record<string, number> = { minute: 60, hour: 3600, day: 86400 };

/** Milliseconds: a timer of Node that is to wait for longer does not wait at all. */
const LONGEST_DELAY = 2 ** 31 - 1;

/** `rate(5 minutes)` in seconds. */
export function parseRate(rate: string): number {
  const [, count, unit] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(rate) ?? [];
  if (count === undefined || unit === undefined) throw new Error(`schedule ${rate} is not a rate(…)`);
  return Number(count) * UNITS[unit]!;
}

/** Fires each schedule at its rate; one that fell due while the process was down fires at once. */
export class Scheduler {
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #database: Database;
  readonly #account: Account;
  readonly #fire: (name: string, event: object) => void;

  constructor(
    database: Database,
    account: Account,
    schedules: Schedule[],
    fire: (name: string, event: object) => void,
  ) {
    this.#database = database;
    this.#account = account;
    this.#fire = fire;
    for (const schedule of schedules) {
      database.run('INSERT OR IGNORE INTO schedules VALUES (?, ?)', schedule.name, Date.now());
      this.#arm(schedule);
    }
  }

  close() {
    for (const timer of this.#timers.values()) clearTimeout(timer);
  }

  #arm(schedule: Schedule) {
    const { last } = this.#database.get<{ last: number }>(
      'SELECT last FROM schedules WHERE name = ?',
      schedule.name,
    )!;
    const delay = Math.max(last + schedule.seconds * 1000 - Date.now(), 0);
    const timer = setTimeout(
      () => {
        if (delay <= LONGEST_DELAY) this.#run(schedule);
        this.#arm(schedule);
      },
      Math.min(delay, LONGEST_DELAY),
    );
    this.#timers.set(schedule.name, timer);
  }

  #run(schedule: Schedule) {
    this.#database.transaction(() => {
      this.#fire(schedule.function, this.#event(schedule));
      this.#database.run('UPDATE schedules SET last = ? WHERE name = ?', Date.now(), schedule.name);
    });
  }

  #event({ name }: Schedule) {
    return {
      version: '0',
      id: crypto.randomUUID(),
      'detail-type': 'Scheduled Event',
      source: 'aws.events',
      account: this.#account.id,
      time: new Date().toISOString().replace(/\.\d+/, ''),
      region: this.#account.region,
      resources: [arn(this.#account, 'events', `rule/${name}`)],
      detail: {},
    };
  }
}
