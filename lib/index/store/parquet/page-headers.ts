import type { Bytes } from './bytes.ts';
import { ThriftWriter } from './thrift.ts';

// Fields and numbers are those of the format's parquet.thrift.

export const ENCODINGS = {
  PLAIN: 0,
  RLE: 3,
  DELTA_BINARY_PACKED: 5,
  DELTA_LENGTH_BYTE_ARRAY: 6,
  RLE_DICTIONARY: 8,
} as const;

export const PAGES = { DATA: 0, DICTIONARY: 2 } as const;

export type Encoding = keyof typeof ENCODINGS;

export function writeDataPageHeader(out: Bytes, size: number, levels: number, encoding: Encoding): void {
  const thrift = new ThriftWriter(out);
  thrift.beginElement();
  beginPage(thrift, PAGES.DATA, size);
  thrift.begin(5);
  thrift.int32(1, levels);
  thrift.int32(2, ENCODINGS[encoding]);
  thrift.int32(3, ENCODINGS.RLE); // of definition levels
  thrift.int32(4, ENCODINGS.RLE); // of repetition levels
  thrift.end();
  thrift.end();
}

export function writeDictionaryPageHeader(out: Bytes, size: number, entries: number): void {
  const thrift = new ThriftWriter(out);
  thrift.beginElement();
  beginPage(thrift, PAGES.DICTIONARY, size);
  thrift.begin(7);
  thrift.int32(1, entries);
  thrift.int32(2, ENCODINGS.PLAIN);
  thrift.end();
  thrift.end();
}

function beginPage(thrift: ThriftWriter, type: number, size: number): void {
  thrift.int32(1, type);
  thrift.int32(2, size); // uncompressed
  thrift.int32(3, size); // compressed
}
