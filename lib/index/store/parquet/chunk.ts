import type { Column, ColumnType } from '../../table.ts';
import { createValueBuilder, type ValueBuilder } from './builders.ts';
import { Bytes } from './bytes.ts';
import type { Chunk } from './footer.ts';
import type { Gatherer } from './gather/gatherer.ts';
import { Levels } from './levels.ts';
import { ListBuilder } from './lists.ts';
import { writeDataPageHeader, writeDictionaryPageHeader } from './page-headers.ts';
import type { EncodedValues } from './values.ts';

/** One column of a file: gathers rows, then writes them as a column chunk of one dictionary and one data page. */
export interface ColumnWriter {
  /** Rows `[start, end)` of a column; without one, as many nulls. `whole` as {@link ValueBuilder.append} has it. */
  append(column: Column | undefined, start: number, end: number, whole: boolean): void;
  /** Writes what was gathered to `out`, which lies at `offset` of the file, and starts afresh. */
  write(out: Bytes, offset: number): Chunk;
  /** Bytes of texts that were gathered. */
  readonly size: number;
}

export function createColumnWriter(
  name: string,
  type: ColumnType,
  capacity: number,
  gatherer: Gatherer,
): ColumnWriter {
  if (type === 'list<string>' || type === 'list<double>') return new ListsColumn(type, gatherer);
  return new LeafColumn(name, type, capacity, gatherer);
}

class LeafColumn implements ColumnWriter {
  readonly #levels: Levels;
  readonly #values: ValueBuilder;

  constructor(name: string, type: ColumnType, capacity: number, gatherer: Gatherer) {
    this.#levels = new Levels(capacity);
    this.#values = createValueBuilder(name, type, capacity, gatherer);
  }

  get size(): number {
    return this.#values.size ?? 0;
  }

  append(column: Column | undefined, start: number, end: number, whole: boolean): void {
    if (column) this.#values.append(column, start, end, this.#levels, whole);
    else this.#levels.addNulls(end - start);
  }

  write(out: Bytes, offset: number): Chunk {
    const { rows, present } = this.#levels;
    beginPage();
    withLength(() => this.#levels.encode(page));
    const values = present > 0 ? this.#values.encode(dictionary, page) : NO_VALUES;
    this.#levels.clear();
    this.#values.clear();
    return { ...writePages(out, offset, values, rows), levels: rows, nulls: rows - present };
  }
}

class ListsColumn implements ColumnWriter {
  readonly #lists: ListBuilder;

  constructor(type: 'list<string>' | 'list<double>', gatherer: Gatherer) {
    this.#lists = new ListBuilder(type, gatherer);
  }

  get size(): number {
    return this.#lists.size;
  }

  append(column: Column | undefined, start: number, end: number): void {
    this.#lists.append(column, start, end);
  }

  write(out: Bytes, offset: number): Chunk {
    const { levels, present } = this.#lists;
    beginPage();
    withLength(() => this.#lists.encodeRepetition(page));
    withLength(() => this.#lists.encodeDefinition(page));
    const values = present > 0 ? this.#lists.encode(dictionary, page) : NO_VALUES;
    this.#lists.clear();
    return { ...writePages(out, offset, values, levels), levels, nulls: levels - present };
  }
}

const NO_VALUES: EncodedValues = { encoding: 'PLAIN', dictionarySize: 0 };

// One column is encoded at a time, so all share the space for it.
const dictionary = new Bytes();
const page = new Bytes();

function beginPage(): void {
  dictionary.length = 0;
  page.length = 0;
}

/** Levels in a data page of version 1 are preceded by their length. */
function withLength(write: () => void): void {
  const at = page.length;
  page.int32(0);
  write();
  page.setInt32(at, page.length - at - 4);
}

function writePages(
  out: Bytes,
  offset: number,
  values: EncodedValues,
  levels: number,
): Pick<Chunk, 'values' | 'start' | 'dataStart' | 'end'> {
  const before = out.length;
  if (values.dictionarySize > 0) {
    writeDictionaryPageHeader(out, dictionary.length, values.dictionarySize);
    out.append(dictionary.view());
  }
  const dataStart = offset + out.length - before;
  writeDataPageHeader(out, page.length, levels, values.encoding);
  out.append(page.view());
  return { values, start: offset, dataStart, end: offset + out.length - before };
}
