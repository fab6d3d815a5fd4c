import { createFindings } from '../../../lib/index/findings/index.ts';
import { findingsBatch } from '../../../lib/index/findings/table.ts';
import { IdentityJoin } from '../../../lib/index/identity/join.ts';
import { gatherers } from '../../../lib/index/store/parquet/gather/gatherer.ts';
import { ParquetWriter } from '../../../lib/index/store/parquet/writer.ts';
import { type Batch, TABLES, type TableName, type TableSink } from '../../../lib/index/table.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** All that becomes of rows, but for the bytes of the files: identity, findings, Parquet. Throws for texts that are no UTF-8. */
export class Tables implements TableSink {
  readonly #gatherer = gatherers.begin();
  readonly #findings = createFindings('test');
  readonly #writers = new Map<TableName, ParquetWriter>();
  readonly #joined = new IdentityJoin({ write: batch => this.#take(batch), drain: async () => {} });
  bytes = 0;

  write(batch: Batch): void {
    this.#joined.write(batch);
  }

  async drain(): Promise<void> {}

  /** Every file is complete. */
  end(): void {
    this.#take(findingsBatch(this.#findings.finish()));
    this.#findings.end();
    this.#joined.end();
    for (const writer of this.#writers.values()) writer.finish();
    gatherers.end(this.#gatherer);
  }

  #take(batch: Batch): void {
    for (const column of Object.values(batch.columns)) {
      const texts = 'texts' in column ? column.texts : 'elements' in column ? column.elements : undefined;
      if (texts && 'offsets' in texts) utf8.decode(texts.bytes.slice()); // of memory that threads may share
    }
    this.#findings.observe(batch);
    if (batch.rows > 0) this.#writer(batch.table).write(batch);
  }

  #writer(table: TableName): ParquetWriter {
    let writer = this.#writers.get(table);
    if (!writer) {
      const output = {
        write: (bytes: Uint8Array) => {
          this.bytes += bytes.length;
        },
      };
      writer = new ParquetWriter(TABLES[table], { rowGroupSize: 1000 }, output, this.#gatherer);
      this.#writers.set(table, writer);
    }
    return writer;
  }
}
