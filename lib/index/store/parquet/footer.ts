import type { ColumnType, TableSchema } from '../../table.ts';
import { Bytes } from './bytes.ts';
import { ENCODINGS } from './page-headers.ts';
import { isList, physicalType, writeSchema } from './schema.ts';
import { ThriftWriter } from './thrift.ts';
import type { EncodedValues } from './values.ts';

// Fields and numbers are those of the format's parquet.thrift.

const UNCOMPRESSED = 0;

/** Where a column chunk lies in its file, and what is in it. */
export interface Chunk {
  values: EncodedValues;
  levels: number;
  nulls: number;
  start: number; // of its first page
  dataStart: number; // of its data page
  end: number;
}

/** What the end of a file tells of its columns, its row groups and their statistics. */
export class Footer {
  readonly #columns: [name: string, type: ColumnType][];
  readonly #groups = new ThriftWriter(new Bytes(1024));
  #groupCount = 0;

  constructor(schema: TableSchema) {
    this.#columns = Object.entries(schema);
  }

  /** A row group: its column chunks in the order of the schema. */
  addRowGroup(chunks: readonly Chunk[], rows: number): void {
    const thrift = this.#groups;
    const start = chunks[0]!.start;
    const size = chunks.at(-1)!.end - start;
    thrift.beginElement();
    thrift.structs(1, chunks.length);
    for (let i = 0; i < chunks.length; i++) writeChunk(thrift, ...this.#columns[i]!, chunks[i]!);
    thrift.int64(2, size); // uncompressed
    thrift.int64(3, rows);
    thrift.int64(5, start);
    thrift.int64(6, size); // compressed
    thrift.end();
    this.#groupCount++;
  }

  /** Appends the whole footer with its length, as it stands before the closing magic bytes. */
  write(out: Bytes, rows: number): void {
    const start = out.length;
    const thrift = new ThriftWriter(out);
    thrift.beginElement();
    thrift.int32(1, 2); // version
    writeSchema(thrift, this.#columns);
    thrift.int64(3, rows);
    thrift.structs(4, this.#groupCount);
    out.append(this.#groups.out.view());
    thrift.text(6, 'serverless-capture'); // created by
    thrift.structs(7, this.#columns.length);
    for (let i = 0; i < this.#columns.length; i++) {
      thrift.beginElement();
      thrift.begin(1); // statistics are in the order of the type
      thrift.end();
      thrift.end();
    }
    thrift.end();
    out.int32(out.length - start);
  }
}

function writeChunk(thrift: ThriftWriter, name: string, type: ColumnType, chunk: Chunk): void {
  const { values, levels, nulls, start, dataStart, end } = chunk;
  const { encoding, dictionarySize, min, max } = values;
  thrift.beginElement();
  thrift.int64(2, 0); // file offset of a copy of these metadata: there is none
  thrift.begin(3);
  thrift.int32(1, physicalType(type));
  thrift.int32s(2, [...(dictionarySize > 0 ? [ENCODINGS.PLAIN] : []), ENCODINGS.RLE, ENCODINGS[encoding]]);
  thrift.texts(3, isList(type) ? [name, 'list', 'element'] : [name]);
  thrift.int32(4, UNCOMPRESSED);
  thrift.int64(5, levels);
  thrift.int64(6, end - start); // uncompressed
  thrift.int64(7, end - start); // compressed
  thrift.int64(9, dataStart);
  if (dictionarySize > 0) thrift.int64(11, start);
  thrift.begin(12);
  thrift.int64(3, nulls);
  if (min !== undefined && max !== undefined) {
    thrift.binary(5, plainBytes(type, max));
    thrift.binary(6, plainBytes(type, min));
  }
  thrift.end();
  thrift.end();
  thrift.end();
}

function plainBytes(type: ColumnType, value: number | bigint): Uint8Array {
  const view = new DataView(new ArrayBuffer(type === 'int32' ? 4 : 8));
  if (typeof value === 'bigint') view.setBigInt64(0, value, true);
  else if (type === 'int32') view.setInt32(0, value, true);
  else view.setFloat64(0, value, true);
  return new Uint8Array(view.buffer);
}
