import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { load } from 'js-yaml';
import { fileSource } from '../../../../lib/index/engine/source.ts';
import { ClusterIdentity } from '../../../../lib/index/identity/cluster-identity.ts';
import { indexObject } from '../../../../lib/index/index-object.ts';
import { wholeCatalog } from '../../../../lib/index/query/catalog.ts';
import { openDatabase } from '../../../../lib/index/query/sql.ts';
import { createDirectoryObjects } from '../../../../lib/index/store/directory.ts';
import { TABLES } from '../../../../lib/index/table.ts';
import { glueTemplate } from '../../../../scripts/glue.ts';
import { shared } from '../../../shared.ts';

const folder = mkdtempSync(join(tmpdir(), 'queries-'));
const root = join(import.meta.dirname, '../../../..');
let connection: DuckDBConnection;

beforeAll(async () => {
  const objects = createDirectoryObjects(folder);
  const snapshot = {
    version: 1 as const,
    cluster: 'prod',
    takenAt: '2011-03-18T19:00:00Z',
    services: [],
    nodes: [],
    pods: [
      {
        namespace: 'shop',
        name: 'web-1',
        uid: 'p',
        ips: ['10.0.0.6'],
        hostNetwork: false,
        labels: {},
        workloadKind: 'Deployment',
        workloadName: 'web',
        node: 'node-1',
      },
    ],
  };
  for (const name of ['01_wikipedia.pcap', '02_example.pcap', '32_http-qinq-0.pcap']) {
    await indexObject({
      objects,
      prefix: '',
      origin: {
        bucket: 'b',
        key: name,
        etag: 'e',
        size: 1,
        cluster: 'prod',
        namespace: 'shop',
        name: 'demo',
        uid: 'u',
      },
      sequencer: '01',
      source: fileSource(shared('data/captures', name)),
      cluster: new ClusterIdentity([snapshot]),
      now: () => new Date(0),
    });
  }
  connection = await openDatabase(await wholeCatalog(objects, ''), async key => join(folder, key));
}, 60_000);

afterAll(() => {
  connection.closeSync();
  rmSync(folder, { recursive: true });
});

async function query(sql: string) {
  return (await connection.runAndReadAll(sql)).getRowObjectsJson();
}

/** The queries of a page, by the heading above each. */
function documented(page: string): Map<string, string> {
  const found = new Map<string, string>();
  const text = readFileSync(join(root, page), 'utf8');
  for (const section of text.split(/^## /m).slice(1)) {
    const sql = /```sql\n([\s\S]*?)```/.exec(section)?.[1];
    if (sql) found.set(section.split('\n')[0]!, sql);
  }
  return found;
}

describe('documented queries', () => {
  const queries = documented('docs/queries.md');

  it('finds the top talkers by workload', async () => {
    const [first] = await query(queries.get('Top talkers by workload')!);
    expect(first).toMatchObject({ client: 'web', server: '212.199.202.9' });
    const [total] = await query('select sum(orig_l2_bytes + resp_l2_bytes) as bytes from conn');
    const all = await query(queries.get('Top talkers by workload')!.replace('limit 20', ''));
    expect(String(all.reduce((sum, row) => sum + Number(row.bytes), 0))).toBe(total!.bytes);
  });

  it('counts DNS failures by pod', async () => {
    const rows = await query(queries.get('DNS failures by pod')!);
    expect(rows).toContainEqual({
      pod: 'shop/web-1',
      result: 'NXDOMAIN',
      times: '4',
      names: '2',
      example: 'wpad',
    });
  });

  it('orders handshakes by how slow they were', async () => {
    const rows = await query(queries.get('Slowest handshakes')!);
    const times = rows.map(row => Number(row.server_ms) + Number(row.client_ms));
    expect(times.length).toBe(20);
    expect(times).toEqual([...times].sort((a, b) => b - a));
  });

  it('sums retransmissions by pair of nodes', async () => {
    const rows = await query(queries.get('Retransmissions by pair of nodes')!);
    const [sum] = await query("select sum(orig_retx + resp_retx) as n from conn where proto = 'tcp'");
    expect(rows.reduce((all, row) => all + Number(row.retransmitted), 0)).toBe(Number(sum!.n));
    expect(rows[0]).toMatchObject({ one: 'node-1' });
  });

  it('reads the bare folders as other engines do', async () => {
    const rows = await query(queries.get('Other engines')!.replace('INDEX', folder));
    const [flows] = await query('select count(*) as n from conn');
    expect(rows.reduce((sum, row) => sum + Number(Object.values(row)[1]), 0)).toBe(Number(flows!.n));
  });
});

describe('views in other schemas', () => {
  it.each([
    ['ocsf.sql', { ocsf_network_activity: 'conn', ocsf_dns_activity: 'dns', ocsf_http_activity: 'http' }],
    ['ecs.sql', { ecs_flow: 'conn', ecs_dns: 'dns', ecs_tls: 'ssl', ecs_http: 'http' }],
  ])('%s has a row for each row of the tables', async (file, views) => {
    await connection.run(readFileSync(join(root, 'deploy/sql', file), 'utf8'));
    for (const [view, table] of Object.entries(views)) {
      const [counts] = await query(
        `select (select count(*) from ${view}) as a, (select count(*) from ${table}) as b`,
      );
      expect(counts!.a).toBe(counts!.b);
      expect(Number(counts!.a)).toBeGreaterThan(0);
    }
  });

  it('says what OCSF calls refused, and where a flow goes in ECS', async () => {
    const sql = `select activity_id, type_uid, count(*) as n from ocsf_network_activity group by 1, 2 order by 1`;
    for (const row of await query(sql)) expect(row.type_uid).toBe(400100 + Number(row.activity_id));
    const [flow] =
      await query(`select "source.ip", "destination.port", "orchestrator.cluster.name" from ecs_flow
      where "source.orchestrator.resource.name" = 'web-1' and "destination.port" = 53 limit 1`);
    expect(flow).toEqual({
      'source.ip': '10.0.0.6',
      'destination.port': 53,
      'orchestrator.cluster.name': 'prod',
    });
  });
});

describe('Glue tables', () => {
  const text = readFileSync(join(root, 'deploy/cloudformation/glue.yml'), 'utf8');
  const { Resources: resources } = load(text) as {
    Resources: Record<string, { Type: string; Properties: GlueTable }>;
  };
  const tables = Object.values(resources).filter(({ Type }) => Type === 'AWS::Glue::Table');

  interface GlueTable {
    TableInput: {
      Name: string;
      PartitionKeys: { Name: string; Type: string }[];
      StorageDescriptor: { Columns: { Name: string; Type: string }[] };
    };
  }

  it('are as the generator makes them', () => {
    expect(text).toBe(glueTemplate());
    expect(tables.map(({ Properties }) => Properties.TableInput.Name)).toEqual(Object.keys(TABLES));
  });

  it('describe the files that are written: names, types and partitions', async () => {
    const duckdb: Record<string, string> = {
      timestamp: 'TIMESTAMP_NS',
      int: 'INTEGER',
      bigint: 'BIGINT',
      double: 'DOUBLE',
      boolean: 'BOOLEAN',
      string: 'VARCHAR',
      'array<string>': 'VARCHAR[]',
      'array<double>': 'DOUBLE[]',
    };
    for (const { Properties } of tables) {
      const { Name, PartitionKeys, StorageDescriptor } = Properties.TableInput;
      const present = readdirSync(folder).includes(`table=${Name}`);
      if (!present) continue;
      const files = `${folder}/table=${Name}/*/*/*.parquet`;
      const rows = await query(
        `describe select * from read_parquet('${files}', hive_partitioning = true, hive_types_autocast = false)`,
      );
      const described = new Map(rows.map(row => [String(row.column_name).toLowerCase(), row.column_type]));
      described.delete('table'); // the folder `table=conn` looks like a partition as well
      const declared = [...StorageDescriptor.Columns, ...PartitionKeys];
      expect(declared.map(({ Name, Type }) => [Name, duckdb[Type]]).sort()).toEqual([...described].sort());
    }
    expect(readdirSync(folder)).toEqual(
      expect.arrayContaining(['table=conn', 'table=packets', 'table=capture', 'table=dns']),
    );
  });

  it('name no column after a partition', () => {
    for (const { Properties } of tables) {
      const columns = Properties.TableInput.StorageDescriptor.Columns.map(({ Name }) => Name);
      expect(columns).not.toEqual(expect.arrayContaining(['cluster']));
      expect(new Set(columns).size).toBe(columns.length);
    }
  });
});
