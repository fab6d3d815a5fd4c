import type { ColumnType } from '../../table.ts';
import type { ThriftWriter } from './thrift.ts';

// Fields and numbers are those of the format's parquet.thrift.

/** Physical types. */
export const TYPES = { BOOLEAN: 0, INT32: 1, INT64: 2, DOUBLE: 5, BYTE_ARRAY: 6 } as const;
const OPTIONAL = 1;
const REPEATED = 2;
const UTF8 = 0; // converted types
const LIST = 3;

export function physicalType(type: ColumnType): number {
  switch (type) {
    case 'int32':
      return TYPES.INT32;
    case 'int64':
    case 'timestamp':
      return TYPES.INT64;
    case 'double':
    case 'list<double>':
      return TYPES.DOUBLE;
    case 'boolean':
      return TYPES.BOOLEAN;
    case 'string':
    case 'list<string>':
      return TYPES.BYTE_ARRAY;
  }
}

export const isList = (type: ColumnType) => type === 'list<string>' || type === 'list<double>';

/** Every column may be null; lists are in the three-level form of the format's LogicalTypes.md. */
export function writeSchema(thrift: ThriftWriter, columns: readonly [string, ColumnType][]): void {
  const elements = columns.reduce((count, [, type]) => count + (isList(type) ? 3 : 1), 1);
  thrift.structs(2, elements);
  thrift.beginElement();
  thrift.text(4, 'schema');
  thrift.int32(5, columns.length);
  thrift.end();
  for (const [name, type] of columns) {
    if (isList(type)) {
      writeListElements(thrift, name);
      writeLeafElement(thrift, 'element', type);
    } else writeLeafElement(thrift, name, type);
  }
}

function writeListElements(thrift: ThriftWriter, name: string): void {
  thrift.beginElement();
  thrift.int32(3, OPTIONAL);
  thrift.text(4, name);
  thrift.int32(5, 1); // child
  thrift.int32(6, LIST);
  thrift.begin(10); // logical type
  thrift.begin(3); // list
  thrift.end();
  thrift.end();
  thrift.end();
  thrift.beginElement();
  thrift.int32(3, REPEATED);
  thrift.text(4, 'list');
  thrift.int32(5, 1);
  thrift.end();
}

function writeLeafElement(thrift: ThriftWriter, name: string, type: ColumnType): void {
  thrift.beginElement();
  thrift.int32(1, physicalType(type));
  thrift.int32(3, OPTIONAL);
  thrift.text(4, name);
  if (type === 'string' || type === 'list<string>') {
    thrift.int32(6, UTF8);
    thrift.begin(10); // logical type
    thrift.begin(1); // string
    thrift.end();
    thrift.end();
  } else if (type === 'timestamp') {
    thrift.begin(10);
    thrift.begin(8); // timestamp
    // All times are UTC; "adjusted" would make DuckDB read them as TIMESTAMPTZ, which has only microseconds.
    thrift.boolean(1, false);
    thrift.begin(2); // unit
    thrift.begin(3); // nanoseconds
    thrift.end();
    thrift.end();
    thrift.end();
    thrift.end();
  }
  thrift.end();
}
