import type { Batch, TableSchema } from '../../table.ts';
import { Bytes } from './bytes.ts';
import { type ColumnWriter, createColumnWriter } from './chunk.ts';
import { Footer } from './footer.ts';
import type { Gatherer } from './gather/gatherer.ts';

/** Bytes of texts with which a row group ends before it is full. */
const MOST_GATHERED = 16 * 1024 * 1024;
const MAGIC = new TextEncoder().encode('PAR1');

/** One row group is put together at a time, so all files share the space for it. */
const scratch = new Bytes();

/** Takes the bytes of a file in order; what it is given is only valid during the call. */
export interface ByteOutput {
  write(bytes: Uint8Array): void;
}

export interface ParquetOptions {
  /** Rows after which a row group is written. A row group's statistics are what readers skip by. */
  rowGroupSize: number;
  /** Ends the row group with each batch, for tables that are sorted within a batch. */
  rowGroupPerBatch?: boolean;
}

/**
 * Writes one Parquet file, a row group at a time: one data page per column chunk, uncompressed, because
 * dictionaries, deltas and bit-packing already leave little to gain.
 */
export class ParquetWriter {
  readonly #schema: TableSchema;
  readonly #options: ParquetOptions;
  readonly #output: ByteOutput;
  readonly #columns: [string, ColumnWriter][];
  readonly #footer: Footer;
  #offset = 0;
  #pending = 0; // rows of the row group that is being gathered
  rows = 0;

  constructor(schema: TableSchema, options: ParquetOptions, output: ByteOutput, gatherer: Gatherer) {
    this.#schema = schema;
    this.#options = options;
    this.#output = output;
    this.#footer = new Footer(schema);
    this.#columns = Object.entries(schema).map(([name, type]) => [
      name,
      createColumnWriter(name, type, options.rowGroupSize, gatherer),
    ]);
    this.#emit(MAGIC);
  }

  /** Adds the rows of a batch; keeps none of its arrays. */
  write(batch: Batch): void {
    for (const name of Object.keys(batch.columns)) {
      if (!(name in this.#schema)) throw new TypeError(`table ${batch.table} has no column ${name}`);
    }
    for (let start = 0; start < batch.rows; ) {
      const end = Math.min(batch.rows, start + this.#options.rowGroupSize - this.#pending);
      const last = end === batch.rows && this.#options.rowGroupPerBatch === true;
      const full = last || this.#pending + end - start === this.#options.rowGroupSize;
      const whole = full && this.#pending === 0;
      for (const [name, column] of this.#columns) column.append(batch.columns[name], start, end, whole);
      this.#pending += end - start;
      if (full || this.#gathered() > MOST_GATHERED) this.#flush();
      start = end;
    }
    this.rows += batch.rows;
  }

  /** Bytes of texts that wait for the end of the row group. */
  #gathered(): number {
    let bytes = 0;
    for (const [, column] of this.#columns) bytes += column.size;
    return bytes;
  }

  #flush(): void {
    if (this.#pending === 0) return;
    scratch.length = 0;
    const chunks = this.#columns.map(([, column]) => column.write(scratch, this.#offset + scratch.length));
    this.#footer.addRowGroup(chunks, this.#pending);
    this.#emit(scratch.view());
    this.#pending = 0;
  }

  #emit(bytes: Uint8Array): void {
    this.#output.write(bytes);
    this.#offset += bytes.length;
  }

  /** Writes the last rows and the footer. */
  finish(): void {
    this.#flush();
    scratch.length = 0;
    this.#footer.write(scratch, this.rows);
    scratch.append(MAGIC);
    this.#emit(scratch.view());
  }
}
