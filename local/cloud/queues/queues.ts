import { createHash } from 'node:crypto';
import type { Database } from '../database.ts';
import { AwsError } from '../errors.ts';

export interface QueueSettings {
  name: string;
  visibilityTimeout: number; // seconds
  delay: number; // seconds
  deadLetters?: { queue: string; maxReceiveCount: number };
}

export interface Message {
  id: number;
  messageId: string;
  receipt: string;
  body: string;
  attributes: Record<string, unknown>; // as the sender gave them
  sent: number; // ms
  firstReceived: number; // ms
  receives: number;
}

interface Row {
  id: number;
  message: string;
  body: string;
  attributes: string;
  sent: number;
  receives: number;
  first_received: number | null;
}

export const md5 = (text: string) => createHash('md5').update(text).digest('hex');

/**
 * Standard queues on disk. A message is deleted by its receiver or moved to the dead letters, and by nothing else:
 * whatever step the process dies at, the message is still there.
 */
export class Queues {
  readonly #database: Database;
  readonly #settings = new Map<string, QueueSettings>();
  readonly #waiting = new Map<string, Set<() => void>>();

  constructor(database: Database, queues: QueueSettings[]) {
    this.#database = database;
    for (const queue of queues) this.#settings.set(queue.name, queue);
  }

  names(): string[] {
    return [...this.#settings.keys()];
  }

  settings(queue: string): QueueSettings {
    const settings = this.#settings.get(queue);
    if (!settings) {
      throw new AwsError(
        'AWS.SimpleQueueService.NonExistentQueue',
        400,
        'The specified queue does not exist.',
      );
    }
    return settings;
  }

  send(
    queue: string,
    body: string,
    { delay, attributes = {} }: { delay?: number; attributes?: object } = {},
  ): string {
    const settings = this.settings(queue);
    const messageId = crypto.randomUUID();
    const sent = Date.now();
    this.#database.insert('INSERT', 'messages', {
      queue,
      message: messageId,
      body,
      attributes: JSON.stringify(attributes),
      sent,
      visible: sent + (delay ?? settings.delay) * 1000,
    });
    queueMicrotask(() => this.#wake(queue));
    return messageId;
  }

  /** Takes at most `limit` visible messages; those received too often go to the dead letters instead. */
  receive(queue: string, limit: number, visibilityTimeout?: number): Message[] {
    const { deadLetters, ...settings } = this.settings(queue);
    const now = Date.now();
    const until = now + (visibilityTimeout ?? settings.visibilityTimeout) * 1000;
    const received: Message[] = [];
    this.#database.transaction(() => {
      while (received.length < limit) {
        const rows = this.#database.all<Row>(
          'SELECT * FROM messages WHERE queue = ? AND visible <= ? ORDER BY id LIMIT ?',
          queue,
          now,
          limit - received.length,
        );
        if (rows.length === 0) break;
        for (const row of rows) {
          if (deadLetters && row.receives >= deadLetters.maxReceiveCount) {
            this.#move(row.id, deadLetters.queue, queue);
          } else {
            received.push(this.#take(row, now, Math.max(until, now + 1)));
          }
        }
      }
    });
    return received;
  }

  /** A receipt that a later receive has replaced deletes nothing. */
  delete(queue: string, receipt: string) {
    this.settings(queue);
    this.#database.run('DELETE FROM messages WHERE queue = ? AND receipt = ?', queue, receipt);
  }

  changeVisibility(queue: string, receipt: string, seconds: number) {
    this.settings(queue);
    const { changes } = this.#database.run(
      'UPDATE messages SET visible = ? WHERE queue = ? AND receipt = ? AND visible > ?',
      Date.now() + seconds * 1000,
      queue,
      receipt,
      Date.now(),
    );
    if (changes === 0) {
      throw new AwsError('MessageNotInflight', 400, 'The message referred to is not in flight.');
    }
    queueMicrotask(() => this.#wake(queue));
  }

  /** Sends every dead letter back to where it failed; one that was sent here directly stays. */
  redrive(deadLetterQueue: string): number {
    this.settings(deadLetterQueue);
    const rows = this.#database.all<{ id: number; source: string }>(
      'SELECT id, source FROM messages WHERE queue = ? AND source IS NOT NULL',
      deadLetterQueue,
    );
    this.#database.transaction(() => {
      for (const { id, source } of rows) this.#move(id, source, null);
    });
    return rows.length;
  }

  purge(queue: string) {
    this.settings(queue);
    this.#database.run('DELETE FROM messages WHERE queue = ?', queue);
  }

  /** Messages whose receiver died with the last process are free again. */
  release(queue: string) {
    this.#database.run(
      'UPDATE messages SET visible = ? WHERE queue = ? AND receipt IS NOT NULL',
      Date.now(),
      queue,
    );
  }

  count(queue: string): { visible: number; inFlight: number; delayed: number } {
    this.settings(queue);
    const now = Date.now();
    return this.#database.get(
      `SELECT count(*) FILTER (WHERE visible <= ?1) AS visible,
              count(*) FILTER (WHERE visible > ?1 AND receipt IS NOT NULL) AS inFlight,
              count(*) FILTER (WHERE visible > ?1 AND receipt IS NULL) AS delayed
       FROM messages WHERE queue = ?2`,
      now,
      queue,
    )!;
  }

  /** When the next message can be received, in ms since the epoch. */
  nextVisible(queue: string): number | undefined {
    const row = this.#database.get<{ next: number | null }>(
      'SELECT min(visible) AS next FROM messages WHERE queue = ?',
      queue,
    );
    return row?.next ?? undefined;
  }

  /** Resolves when a message may have become visible, when `signal` aborts, or after `limit` ms. */
  changed(queue: string, limit: number, signal: AbortSignal): Promise<void> {
    const next = this.nextVisible(queue);
    const delay = Math.min(limit, next === undefined ? limit : Math.max(next - Date.now(), 0));
    return new Promise(resolve => {
      const waiting = this.#waiting.get(queue) ?? new Set();
      this.#waiting.set(queue, waiting);
      const done = () => {
        waiting.delete(done);
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, delay);
      waiting.add(done);
      signal.addEventListener('abort', done);
      if (signal.aborted) done();
    });
  }

  #wake(queue: string) {
    for (const done of this.#waiting.get(queue) ?? []) done();
  }

  #take(row: Row, now: number, until: number): Message {
    const receipt = crypto.randomUUID();
    const firstReceived = row.first_received ?? now;
    this.#database.run(
      'UPDATE messages SET visible = ?, receives = receives + 1, first_received = ?, receipt = ? WHERE id = ?',
      until,
      firstReceived,
      receipt,
      row.id,
    );
    const { id, message: messageId, body, sent } = row;
    const attributes = JSON.parse(row.attributes) as Record<string, unknown>;
    return { id, messageId, receipt, body, attributes, sent, firstReceived, receives: row.receives + 1 };
  }

  #move(id: number, queue: string, source: string | null) {
    this.#database.run(
      `UPDATE messages SET queue = ?, source = ?, visible = ?, receives = 0, first_received = NULL, receipt = NULL
       WHERE id = ?`,
      queue,
      source,
      Date.now(),
      id,
    );
    queueMicrotask(() => this.#wake(queue));
  }
}
