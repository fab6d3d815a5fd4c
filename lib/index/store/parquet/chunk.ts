import type { ColumnChunk, ColumnMetaData, Encoding } from 'hyparquet';
import { ByteWriter } from 'hyparquet-writer';
import { writePageHeader } from 'hyparquet-writer/src/datapage.js';
import type { Column, ColumnType } from '../../table.ts';
import { createValueBuilder, ListBuilder, type ValueBuilder } from './builders.ts';
import { Bytes } from './bytes.ts';
import { encodePacked, encodePackedBits, encodeRun } from './rle.ts';
import { leafPath, physicalType } from './schema.ts';
import type { EncodedValues } from './values.ts';

/** One column of a file: gathers rows, then writes them as a column chunk of one dictionary and one data page. */
export class ColumnWriter {
  readonly #name: string;
  readonly #type: ColumnType;
  readonly #leaf: ValueBuilder | ListBuilder;
  #levels = new Uint8Array(1024);
  #rows = 0;

  constructor(name: string, type: ColumnType) {
    this.#name = name;
    this.#type = type;
    this.#leaf =
      type === 'list<string>' || type === 'list<double>'
        ? new ListBuilder(type)
        : createValueBuilder(name, type);
  }

  /** Rows `[start, end)` of a column; without one, as many nulls. */
  append(column: Column | undefined, start: number, end: number): void {
    const count = end - start;
    if (this.#leaf instanceof ListBuilder) this.#leaf.append(column, start, end);
    else {
      this.#growLevels(count);
      if (column) this.#leaf.append(column, start, end, this.#levels, this.#rows);
      else this.#levels.fill(0, this.#rows, this.#rows + count);
    }
    this.#rows += count;
  }

  #growLevels(more: number): void {
    if (this.#rows + more <= this.#levels.length) return;
    const larger = new Uint8Array(Math.max(this.#levels.length * 2, this.#rows + more));
    larger.set(this.#levels.subarray(0, this.#rows));
    this.#levels = larger;
  }

  /** Writes what was gathered to `out`, which lies at `offset` of the file, and starts afresh. */
  write(out: Bytes, offset: number): ColumnChunk {
    dictionary.length = 0;
    page.length = 0;
    const levels = this.#encodeLevels();
    const values: EncodedValues =
      this.#leaf.present > 0 ? this.#leaf.encode(dictionary, page) : { encoding: 'PLAIN', dictionarySize: 0 };
    const start = out.length;
    if (values.dictionarySize > 0) writePage(out, dictionary, values.dictionarySize, 'dictionary');
    const dataStart = out.length;
    writePage(out, page, levels, values.encoding);
    const size = BigInt(out.length - start);
    const metadata: ColumnMetaData = {
      type: physicalType(this.#type),
      encodings: encodingsOf(values),
      path_in_schema: leafPath(this.#name, this.#type),
      codec: 'UNCOMPRESSED',
      num_values: BigInt(levels),
      total_uncompressed_size: size,
      total_compressed_size: size,
      data_page_offset: BigInt(offset + dataStart - start),
      statistics: {
        null_count: BigInt(levels - this.#leaf.present),
        ...(values.min === undefined ? {} : { min_value: values.min, max_value: values.max! }),
      },
    };
    if (values.dictionarySize > 0) metadata.dictionary_page_offset = BigInt(offset);
    this.#leaf.clear();
    this.#rows = 0;
    return { file_offset: 0n, meta_data: metadata };
  }

  /** Writes the levels to the page; returns how many there are. */
  #encodeLevels(): number {
    if (this.#leaf instanceof ListBuilder) {
      if (!this.#leaf.used) {
        withLength(() => encodeRun(0, this.#rows, 1, page));
        withLength(() => encodeRun(0, this.#rows, 2, page));
        return this.#rows;
      }
      const { definition, repetition } = this.#leaf;
      withLength(() => encodePacked(repetition, repetition.length, 1, page));
      withLength(() => encodePacked(definition, definition.length, 2, page));
      return definition.length;
    }
    const { present } = this.#leaf;
    if (present === 0 || present === this.#rows) {
      withLength(() => encodeRun(present === 0 ? 0 : 1, this.#rows, 1, page));
    } else withLength(() => encodePackedBits(this.#levels, this.#rows, page));
    return this.#rows;
  }
}

// One column is encoded at a time, so all share the space for it.
const dictionary = new Bytes();
const page = new Bytes();

/** Levels in a data page of version 1 are preceded by their length. */
function withLength(write: () => void): void {
  const at = page.length;
  page.int32(0);
  write();
  page.setInt32(at, page.length - at - 4);
}

function writePage(out: Bytes, body: Bytes, count: number, encoding: Encoding | 'dictionary'): void {
  const header = new ByteWriter(64);
  const sizes = { uncompressed_page_size: body.length, compressed_page_size: body.length };
  if (encoding === 'dictionary') {
    writePageHeader(header, {
      type: 'DICTIONARY_PAGE',
      ...sizes,
      dictionary_page_header: { num_values: count, encoding: 'PLAIN' },
    });
  } else {
    writePageHeader(header, {
      type: 'DATA_PAGE',
      ...sizes,
      data_page_header: {
        num_values: count,
        encoding,
        definition_level_encoding: 'RLE',
        repetition_level_encoding: 'RLE',
      },
    });
  }
  out.append(header.getBytes());
  out.append(body.view());
}

function encodingsOf(values: EncodedValues): Encoding[] {
  return values.dictionarySize > 0 ? ['PLAIN', 'RLE', values.encoding] : ['RLE', values.encoding];
}
