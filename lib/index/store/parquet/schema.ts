import type { ParquetType, SchemaElement } from 'hyparquet';
import type { ColumnType, TableSchema } from '../../table.ts';

/** How Parquet stores a column of ours. */
export function physicalType(type: ColumnType): ParquetType {
  switch (type) {
    case 'int32':
      return 'INT32';
    case 'int64':
    case 'timestamp':
      return 'INT64';
    case 'double':
    case 'list<double>':
      return 'DOUBLE';
    case 'boolean':
      return 'BOOLEAN';
    case 'string':
    case 'list<string>':
      return 'BYTE_ARRAY';
  }
}

/** The way to a column's values in the schema tree. */
export function leafPath(name: string, type: ColumnType): string[] {
  return type.startsWith('list<') ? [name, 'list', 'element'] : [name];
}

/** The schema of a file: every column may be null; lists in the three-level form of the format's LogicalTypes.md. */
export function parquetSchema(table: TableSchema): SchemaElement[] {
  const columns = Object.entries(table);
  return [
    { name: 'schema', num_children: columns.length },
    ...columns.flatMap(([name, type]) => columnElements(name, type)),
  ];
}

function columnElements(name: string, type: ColumnType): SchemaElement[] {
  if (!type.startsWith('list<')) return [leafElement(name, type)];
  return [
    {
      name,
      repetition_type: 'OPTIONAL',
      num_children: 1,
      converted_type: 'LIST',
      logical_type: { type: 'LIST' },
    },
    { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
    leafElement('element', type === 'list<string>' ? 'string' : 'double'),
  ];
}

function leafElement(name: string, type: ColumnType): SchemaElement {
  const element: SchemaElement = { name, repetition_type: 'OPTIONAL', type: physicalType(type) };
  if (type === 'string') return { ...element, converted_type: 'UTF8', logical_type: { type: 'STRING' } };
  if (type === 'timestamp') {
    // All times are UTC; "adjusted" would make DuckDB read them as TIMESTAMPTZ, which has only microseconds.
    return { ...element, logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: false, unit: 'NANOS' } };
  }
  return element;
}
