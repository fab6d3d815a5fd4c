/** Writes deploy/cloudformation/glue.yml, the tables of the index for Athena, from lib/index/table.ts. */
import { writeFileSync } from 'node:fs';
import { dump } from 'js-yaml';
import { type ColumnType, TABLES, type TableName, type TableSchema } from '../lib/index/table.ts';

const HIVE_TYPES: Record<ColumnType, string> = {
  timestamp: 'timestamp',
  int32: 'int',
  int64: 'bigint',
  double: 'double',
  boolean: 'boolean',
  string: 'string',
  'list<string>': 'array<string>',
  'list<double>': 'array<double>',
};

const PARTITIONS = ['cluster', 'day'];

/** Filled in by CloudFormation or the Serverless Framework. */
const variable = (name: string) => `\${${name}}`;

/** Glue has lower-case names only, and a partition's name for no column; Athena matches names whatever their case. */
function columns(schema: TableSchema) {
  return Object.entries(schema)
    .filter(([name]) => !PARTITIONS.includes(name))
    .map(([name, type]) => ({ Name: name.toLowerCase(), Type: HIVE_TYPES[type] }));
}

function table(name: TableName) {
  return {
    Type: 'AWS::Glue::Table',
    Properties: {
      CatalogId: { Ref: 'AWS::AccountId' },
      DatabaseName: { Ref: 'IndexDatabase' },
      TableInput: {
        Name: name,
        TableType: 'EXTERNAL_TABLE',
        // Partitions follow from these rules: none has to be registered when a capture is indexed.
        Parameters: {
          classification: 'parquet',
          'projection.enabled': 'true',
          'projection.cluster.type': 'enum',
          'projection.cluster.values': variable('self:provider.environment.CLUSTERS'),
          'projection.day.type': 'date',
          'projection.day.format': 'yyyy-MM-dd',
          'projection.day.range': '2025-01-01,NOW+1DAYS',
        },
        PartitionKeys: PARTITIONS.map(key => ({ Name: key, Type: 'string' })),
        StorageDescriptor: {
          Location: {
            'Fn::Sub': `s3://\${CaptureBucket}/\${self:provider.environment.INDEX_PREFIX}table=${name}/`,
          },
          InputFormat: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat',
          OutputFormat: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat',
          SerdeInfo: { SerializationLibrary: 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe' },
          Columns: columns(TABLES[name]),
        },
      },
    },
  };
}

/** The text of the file. */
export function glueTemplate(): string {
  const names = Object.keys(TABLES) as TableName[];
  const resources = {
    IndexDatabase: {
      Type: 'AWS::Glue::Database',
      Properties: {
        CatalogId: { Ref: 'AWS::AccountId' },
        DatabaseInput: { Name: 'serverless_capture', Description: 'What is indexed of network captures' },
      },
    },
    ...Object.fromEntries(names.map(name => [`${name[0]!.toUpperCase()}${name.slice(1)}Table`, table(name)])),
  };
  const head = '# Made by scripts/glue.ts from lib/index/table.ts: node scripts/glue.ts\n';
  return head + dump({ Resources: resources }, { lineWidth: 110, noRefs: true, quoteStyle: 'double' });
}

if (import.meta.main) writeFileSync('deploy/cloudformation/glue.yml', glueTemplate());
