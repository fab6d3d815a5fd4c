import { PAGES } from '../../store/parquet/page-headers.ts';
import { Cursor } from './bits.ts';
import { ThriftReader } from './thrift.ts';

// Fields and numbers are those of the format's parquet.thrift.

/** The parts of a column chunk as our writer makes it: perhaps a dictionary, and one data page. */
export interface Pages {
  dictionary: { count: number; bytes: Uint8Array } | undefined;
  count: number; // of levels
  encoding: number; // one of ENCODINGS
  body: Uint8Array; // levels and values
}

interface Page {
  type: number; // one of PAGES
  count: number;
  encoding: number;
  body: Uint8Array;
  end: number;
}

export function readPages(chunk: Uint8Array): Pages {
  const first = readPage(chunk, 0);
  if (first.type !== PAGES.DICTIONARY) return dataPage(first, undefined);
  return dataPage(readPage(chunk, first.end), { count: first.count, bytes: first.body });
}

function dataPage(page: Page, dictionary: Pages['dictionary']): Pages {
  if (page.type !== PAGES.DATA) throw new Error(`a Parquet page of type ${page.type} is not one of ours`);
  return { dictionary, count: page.count, encoding: page.encoding, body: page.body };
}

/** A page and its header, which is PageHeader of the format's parquet.thrift. */
function readPage(chunk: Uint8Array, offset: number): Page {
  const cursor = new Cursor(chunk, offset);
  const thrift = new ThriftReader(cursor);
  let [type, size, count, encoding] = [-1, 0, 0, -1];
  thrift.struct(outer => {
    if (outer === 1) type = thrift.number();
    if (outer === 3) size = thrift.number();
    // The header of a data page, or of a dictionary.
    if (outer === 5 || outer === 7)
      thrift.struct(field => {
        if (field === 1) count = thrift.number();
        if (field === 2) encoding = thrift.number();
      });
  });
  const end = cursor.at + size;
  if (size < 0 || end > chunk.length) throw new RangeError('a Parquet page reaches beyond its column');
  return { type, count, encoding, body: chunk.subarray(cursor.at, end), end };
}
