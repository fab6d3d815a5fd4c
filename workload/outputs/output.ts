import type { Readable } from 'node:stream';
import type { Report } from '../../lib/storage/report.ts';

export type Stored = Report['outputs'][number];

/** A place for the archive. */
export interface Output {
  readonly type: Stored['type'];
  /**
   * Stores the whole stream under `name`, or nothing.
   *
   * @param size of what the stream was compressed from, in bytes: a bound for planning parts
   * @throws whatever went wrong; the caller names the output
   */
  store(archive: Readable, name: string, size: number): Promise<Stored>;
}
