import { Encodings, PageTypes } from 'hyparquet/src/constants.js';
import { deserializeTCompactProtocol } from 'hyparquet/src/thrift.js';

/** The parts of a column chunk as our writer makes it: perhaps a dictionary, and one data page. */
export interface Pages {
  dictionary: { count: number; bytes: Uint8Array } | undefined;
  count: number; // of levels
  encoding: string;
  body: Uint8Array; // levels and values
}

interface Page {
  type: string | undefined;
  count: number;
  encoding: string;
  body: Uint8Array;
  end: number;
}

export function readPages(chunk: Uint8Array): Pages {
  const first = readPage(chunk, 0);
  if (first.type !== 'DICTIONARY_PAGE') return dataPage(first, undefined);
  return dataPage(readPage(chunk, first.end), { count: first.count, bytes: first.body });
}

function dataPage(page: Page, dictionary: Pages['dictionary']): Pages {
  if (page.type !== 'DATA_PAGE') throw new Error(`a Parquet page of type ${page.type} is not one of ours`);
  return { dictionary, count: page.count, encoding: page.encoding, body: page.body };
}

/** A page and its header, which is PageHeader of the format's parquet.thrift. */
function readPage(chunk: Uint8Array, offset: number): Page {
  const reader = { view: new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength), offset };
  const {
    field_1: type,
    field_3: size,
    field_5: data,
    field_7: dictionary,
  } = deserializeTCompactProtocol(reader);
  const header = dictionary ?? data;
  const end = reader.offset + size;
  if (!header || end > chunk.length) throw new RangeError('a Parquet page reaches beyond its column');
  return {
    type: PageTypes[type],
    count: header.field_1,
    encoding: Encodings[header.field_2] ?? String(header.field_2),
    body: chunk.subarray(reader.offset, end),
    end,
  };
}
