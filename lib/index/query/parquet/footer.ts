import { TYPES } from '../../store/parquet/schema.ts';
import { Cursor } from './bits.ts';
import { ThriftReader } from './thrift.ts';

// Fields and numbers are those of the format's parquet.thrift.

const MAGIC = 'PAR1';
/** The length of the footer, and the magic bytes. */
const TAIL_BYTES = 8;

/** A column in a row group. */
export interface ColumnChunk {
  type: number; // one of TYPES
  isList: boolean;
  codec: number; // 0: uncompressed
  values: number; // nulls included; of a list its elements
  nulls: number | undefined;
  low: number | bigint | undefined; // of the numbers in it
  high: number | bigint | undefined;
  start: number; // in the file
  end: number;
}

/** What a footer tells of some rows of its file, decoded as far as it is asked. */
export class RowGroup {
  readonly rows: number;
  readonly #footer: Uint8Array;
  readonly #leaves: Leaves;
  readonly #starts: readonly number[];

  /** `starts`: where the metadata of each column begin in the footer. */
  constructor(footer: Uint8Array, leaves: Leaves, starts: readonly number[], rows: number) {
    this.#footer = footer;
    this.#leaves = leaves;
    this.#starts = starts;
    this.rows = rows;
  }

  /** Undefined when the file has no column of that name. */
  column(name: string): ColumnChunk | undefined {
    const leaf = this.#leaves.get(name);
    const start = leaf && this.#starts[leaf.at];
    return start === undefined ? undefined : readChunk(new Cursor(this.#footer, start), leaf!.isList);
  }
}

/** Columns by name: the how manieth of those that hold values. */
type Leaves = Map<string, { at: number; isList: boolean }>;

/** Reads the end of a file of `size` bytes, which most likely lies in its last `guess` bytes. */
export async function readFooter(
  read: (start: number, end: number) => Promise<Uint8Array>,
  size: number,
  guess: number,
): Promise<RowGroup[]> {
  const from = Math.max(0, size - guess);
  const end = await read(from, size);
  const tail = Buffer.from(end.buffer, end.byteOffset, end.byteLength).subarray(-TAIL_BYTES);
  if (tail.length < TAIL_BYTES || tail.toString('latin1', 4) !== MAGIC)
    throw new RangeError('this is not Parquet');
  const length = tail.readUInt32LE();
  const start = size - TAIL_BYTES - length;
  if (start < 0) throw new RangeError('the footer of a Parquet file is longer than the file');
  const footer =
    start >= from ? end.subarray(start - from, -TAIL_BYTES) : await read(start, size - TAIL_BYTES);
  return readGroups(footer);
}

function readGroups(footer: Uint8Array): RowGroup[] {
  const thrift = new ThriftReader(new Cursor(footer));
  const groups: RowGroup[] = [];
  let leaves: Leaves = new Map();
  thrift.struct(field => {
    if (field === 2) leaves = readSchema(thrift);
    if (field === 4) thrift.list(() => groups.push(readGroup(thrift, footer, leaves)));
  });
  return groups;
}

/** The tree of columns, each of its branches followed by its children. */
function readSchema(thrift: ThriftReader): Leaves {
  const leaves: Leaves = new Map();
  const text = new TextDecoder();
  let isRoot = true;
  let pending = 0; // children still to come of the column
  let column = '';
  let depth = 0;
  thrift.list(() => {
    let name: Uint8Array | undefined;
    let children = 0;
    thrift.struct(field => {
      if (field === 4) name = thrift.bytes();
      if (field === 5) children = thrift.number();
    });
    if (isRoot) {
      isRoot = false;
      return;
    }
    depth = pending === 0 ? 0 : depth + 1;
    if (pending === 0) column = text.decode(name);
    else pending--;
    pending += children;
    if (children === 0) leaves.set(column, { at: leaves.size, isList: depth > 0 });
  });
  return leaves;
}

function readGroup(thrift: ThriftReader, footer: Uint8Array, leaves: Leaves): RowGroup {
  const starts: number[] = [];
  let rows = 0;
  thrift.struct(field => {
    if (field === 1) thrift.list(() => starts.push(thrift.cursor.at));
    if (field === 3) rows = thrift.number();
  });
  return new RowGroup(footer, leaves, starts, rows);
}

function readChunk(cursor: Cursor, isList: boolean): ColumnChunk {
  const thrift = new ThriftReader(cursor);
  let [type, codec, values, size, data] = [-1, -1, 0, 0, 0];
  let dictionary: number | undefined;
  let nulls: number | undefined;
  let lowest: Uint8Array | undefined;
  let highest: Uint8Array | undefined;
  const readStatistics = (field: number) => {
    if (field === 3) nulls = thrift.number();
    if (field === 5) highest = thrift.bytes();
    if (field === 6) lowest = thrift.bytes();
  };
  thrift.struct(outer => {
    if (outer !== 3) return;
    thrift.struct(field => {
      if (field === 1) type = thrift.number();
      if (field === 4) codec = thrift.number();
      if (field === 5) values = thrift.number();
      if (field === 7) size = thrift.number();
      if (field === 9) data = thrift.number();
      if (field === 11) dictionary = thrift.number();
      if (field === 12) thrift.struct(readStatistics);
    });
  });
  const start = dictionary ?? data;
  const [low, high] = [numberIn(type, lowest), numberIn(type, highest)];
  return { type, isList, codec, values, nulls, low, high, start, end: start + size };
}

function numberIn(type: number, bytes: Uint8Array | undefined): number | bigint | undefined {
  if (bytes === undefined) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (type === TYPES.INT32) return view.getInt32(0, true);
  if (type === TYPES.INT64) return view.getBigInt64(0, true);
  return type === TYPES.DOUBLE ? view.getFloat64(0, true) : undefined;
}
