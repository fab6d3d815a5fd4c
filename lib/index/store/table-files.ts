import type { Objects } from '../../storage/objects.ts';
import { type Batch, TABLES, type TableName, type TableSink } from '../table.ts';
import { GrowingObject } from './growing-object.ts';
import { type FileIdentity, tableKey } from './layout.ts';
import { type Gatherer, gatherers } from './parquet/gather/gatherer.ts';
import { type ParquetOptions, ParquetWriter } from './parquet/writer.ts';

/** A table's file as the manifest names it. */
export interface TableFile {
  table: TableName;
  key: string;
  rows: number;
  bytes: number;
}

// A packet's row is found by the statistics of a row group, so those of `packets` are small: 32,768 rows are about
// 350 KB, one ranged read. They end with each batch because rows are sorted within a batch.
const PACKETS: ParquetOptions = { rowGroupSize: 32_768, rowGroupPerBatch: true };
const OTHERS: ParquetOptions = { rowGroupSize: 16_384 };

const BUFFERED = 4 * 1024 * 1024; // bytes that may wait for a slow store

/**
 * Writes the tables of one capture as Parquet while they are made. Nothing can be seen of them before
 * {@link TableFiles.complete}: until then they are uploads without an end.
 */
export class TableFiles implements TableSink {
  readonly #objects: Objects;
  readonly #prefix: string;
  readonly #identity: FileIdentity;
  readonly #open = new Map<TableName, OpenFile>();
  #gatherer: Gatherer | undefined = gatherers.begin();
  #day: string | undefined;

  /** `day`: the partition where no row tells one. */
  constructor(objects: Objects, prefix: string, identity: FileIdentity) {
    this.#objects = objects;
    this.#prefix = prefix;
    this.#identity = identity;
  }

  write(batch: Batch): void {
    if (batch.rows === 0) return;
    this.#day ??= dayOf(batch);
    this.#file(batch.table).parquet.write(batch);
  }

  #file(table: TableName): OpenFile {
    let file = this.#open.get(table);
    if (!file) {
      if (!this.#gatherer) throw new Error('rows come after the end of the tables');
      const key = tableKey(this.#prefix, table, this.#day ?? '1970-01-01', this.#identity);
      file = new OpenFile(this.#objects, table, key, this.#gatherer);
      this.#open.set(table, file);
    }
    return file;
  }

  /** Waits until the store has taken enough of what was written. */
  async drain(): Promise<void> {
    for (const file of this.#open.values()) await file.drain();
  }

  /** The keys that {@link complete} will make. */
  get keys(): string[] {
    return [...this.#open.values()].map(file => file.key);
  }

  /** Writes all that the files will hold; no more rows come. */
  finish(): void {
    for (const file of this.#open.values()) file.finish();
    this.#release();
  }

  /** After {@link finish}: waits until the store has the files. */
  async complete(): Promise<TableFile[]> {
    return await Promise.all([...this.#open.values()].map(file => file.complete()));
  }

  /** Gives up; nothing of it remains in the store. */
  async abort(): Promise<void> {
    this.#release();
    await Promise.all([...this.#open.values()].map(file => file.abort()));
  }

  #release(): void {
    if (this.#gatherer) gatherers.end(this.#gatherer);
    this.#gatherer = undefined;
  }
}

class OpenFile {
  readonly parquet: ParquetWriter;
  readonly #table: TableName;
  readonly #object: GrowingObject;

  constructor(objects: Objects, table: TableName, key: string, gatherer: Gatherer) {
    this.#table = table;
    this.#object = new GrowingObject(objects, key, 'application/vnd.apache.parquet', BUFFERED);
    const options = table === 'packets' ? PACKETS : OTHERS;
    this.parquet = new ParquetWriter(TABLES[table], options, this.#object, gatherer);
  }

  get key(): string {
    return this.#object.key;
  }

  async drain(): Promise<void> {
    await this.#object.drain();
  }

  finish(): void {
    this.parquet.finish();
  }

  async complete(): Promise<TableFile> {
    await this.#object.complete();
    return { table: this.#table, key: this.key, rows: this.parquet.rows, bytes: this.#object.size };
  }

  async abort(): Promise<void> {
    await this.#object.abort();
  }
}

/** The day (UTC) of a batch's first row, if its table has times. */
function dayOf(batch: Batch): string | undefined {
  const column = batch.columns.ts ?? batch.columns.first_ts;
  if (!column || !('values' in column) || !(column.values instanceof BigInt64Array)) return undefined;
  if ('nulls' in column && column.nulls?.[0]) return undefined;
  return new Date(Number(column.values[0]! / 1_000_000n)).toISOString().slice(0, 10);
}
