import { gzipSync } from 'node:zlib';
import { compileFilterPattern, type EventFilter } from '../../../lib/hints/filter-pattern.ts';
import type { Account } from '../account.ts';
import type { Database } from '../database.ts';

export interface LogSubscription {
  function: string;
  logGroup: string;
  filter: string;
}

interface Line {
  id: number;
  log_group: string;
  stream: string;
  time: number;
  message: string;
}

const BATCHING = 50; // ms that lines wait for company
const MOST_LINES = 1000; // in one invocation

/** CloudWatch Logs as far as subscriptions go: lines that pass a filter go to its function, a batch at a time. */
export class Logs {
  readonly #database: Database;
  readonly #account: Account;
  readonly #subscriptions: (LogSubscription & { passes: EventFilter })[];
  readonly #invoke: (name: string, event: object) => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    database: Database,
    account: Account,
    subscriptions: LogSubscription[],
    invoke: (name: string, event: object) => void,
  ) {
    this.#database = database;
    this.#account = account;
    this.#invoke = invoke;
    this.#subscriptions = subscriptions.map(item => ({ ...item, passes: compileFilterPattern(item.filter) }));
    this.#database.run('DELETE FROM log_lines WHERE subscription >= ?', subscriptions.length);
    this.#flush();
  }

  /** Lines of one stream, oldest first. Once this returns, those that pass a filter are not lost any more. */
  put(logGroup: string, stream: string, messages: string[]) {
    const now = Date.now();
    for (const [index, { logGroup: wanted, passes }] of this.#subscriptions.entries()) {
      const passed = wanted === logGroup ? messages.filter(message => passes(parse(message))) : [];
      if (passed.length === 0) continue;
      this.#database.transaction(() => {
        for (const message of passed) {
          const line = { subscription: index, log_group: logGroup, stream, time: now, message };
          this.#database.insert('INSERT', 'log_lines', line);
        }
      });
      this.#timer ??= setTimeout(() => this.#flush(), BATCHING);
    }
  }

  get idle(): boolean {
    return this.#timer === undefined;
  }

  close() {
    clearTimeout(this.#timer);
  }

  #flush() {
    this.#timer = undefined;
    this.#database.transaction(() => {
      for (const [index, subscription] of this.#subscriptions.entries()) {
        const lines = this.#database.all<Line>(
          'SELECT * FROM log_lines WHERE subscription = ? ORDER BY id',
          index,
        );
        for (const stream of new Set(lines.map(line => line.stream))) {
          const ofStream = lines.filter(line => line.stream === stream);
          for (let i = 0; i < ofStream.length; i += MOST_LINES) {
            this.#invoke(subscription.function, this.#event(subscription, ofStream.slice(i, i + MOST_LINES)));
          }
        }
        this.#database.run('DELETE FROM log_lines WHERE subscription = ?', index);
      }
    });
  }

  /** Format: CloudWatch Logs User Guide, "Log group-level subscription filters", example with Lambda. */
  #event(subscription: LogSubscription, lines: Line[]) {
    const data = {
      messageType: 'DATA_MESSAGE',
      owner: this.#account.id,
      logGroup: subscription.logGroup,
      logStream: lines[0]!.stream,
      subscriptionFilters: [subscription.function],
      logEvents: lines.map(({ id, time, message }) => ({
        id: String(id).padStart(56, '0'),
        timestamp: time,
        message,
      })),
    };
    return { awslogs: { data: gzipSync(JSON.stringify(data)).toString('base64') } };
  }
}

function parse(message: string): unknown {
  try {
    return JSON.parse(message);
  } catch {
    return undefined;
  }
}
