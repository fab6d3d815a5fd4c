import { ClusterIdentity } from '../../../../lib/index/identity/cluster-identity.ts';
import { IdentityJoin } from '../../../../lib/index/identity/join.ts';
import { nanoseconds } from '../../../../lib/index/identity/time.ts';
import { type Batch, listAt, textAt } from '../../../../lib/index/table.ts';
import type { IdentitySnapshot, PodIdentity, ServiceIdentity } from '../../../../lib/storage/snapshot.ts';

const START = '2026-11-22T10:00:00Z';
const MIDDLE = '2026-11-22T10:00:30Z';
const END = '2026-11-22T10:01:00Z';

function pod(name: string, ip: string, more: Partial<PodIdentity> = {}): PodIdentity {
  return {
    namespace: 'shop',
    name,
    uid: `uid-${name}`,
    ips: [ip],
    node: 'node-1',
    hostNetwork: false,
    workloadKind: 'Deployment',
    workloadName: name.split('-')[0]!,
    labels: { app: name.split('-')[0]! },
    created: '2026-11-22T09:00:00Z',
    started: '2026-11-22T09:00:01Z',
    ...more,
  };
}

function snapshot(takenAt: string, pods: PodIdentity[], services: ServiceIdentity[] = []): IdentitySnapshot {
  const nodes = [{ name: 'node-1', ips: ['10.0.0.1'], labels: { zone: 'a' } }];
  return { version: 1, cluster: 'test', takenAt, pods, services, nodes };
}

interface Flow {
  ts?: string;
  orig?: string;
  resp?: string;
  port?: number;
  translated?: string;
}

/** Runs flows through the join, after some DNS answers, and gives back the rows that come out. */
function join(cluster: ClusterIdentity | undefined, flows: Flow[], answers: Record<string, string[]> = {}) {
  const written: Batch[] = [];
  const sink = new IdentityJoin({ write: batch => written.push(batch), drain: async () => {} }, cluster);
  const queries = Object.keys(answers);
  sink.write({
    table: 'dns',
    rows: queries.length,
    columns: { query: { values: queries }, answers: { values: Object.values(answers) } },
  });
  sink.write({
    table: 'conn',
    rows: flows.length,
    columns: {
      ts: { values: BigInt64Array.from(flows, flow => nanoseconds(flow.ts ?? MIDDLE)!) },
      id_orig_h: { values: flows.map(flow => flow.orig ?? '192.0.2.1') },
      id_orig_p: { values: new Int32Array(flows.length).fill(40000) },
      id_resp_h: { values: flows.map(flow => flow.resp ?? '192.0.2.2') },
      id_resp_p: { values: Int32Array.from(flows, flow => flow.port ?? 80) },
      translated_h: { values: flows.map(flow => flow.translated ?? null) },
      translated_p: { values: new Int32Array(flows.length).fill(8080) },
    },
  });
  const { columns } = written[1]!;
  return flows.map((_, row) =>
    Object.fromEntries(
      Object.entries(columns)
        .filter(([name]) => /^(orig|resp)_/.test(name))
        .map(([name, column]) => [name, textAt(column, row) ?? listAt(column, row)])
        .filter(([, value]) => value !== undefined && value !== null),
    ),
  );
}

describe('identity of the ends of a flow', () => {
  it('tells apart two pods when an address passes from one to the other in the middle', () => {
    const first = pod('web-1', '10.244.1.5');
    const second = pod('cart-1', '10.244.1.5', { created: '2026-11-22T10:00:25Z', started: MIDDLE });
    const cluster = new ClusterIdentity([snapshot(START, [first]), snapshot(END, [second])]);
    const rows = join(cluster, [
      { ts: '2026-11-22T10:00:10Z', resp: '10.244.1.5' },
      { ts: '2026-11-22T10:00:29.999Z', resp: '10.244.1.5' },
      { ts: MIDDLE, resp: '10.244.1.5' },
      { ts: '2026-11-22T10:00:50Z', orig: '10.244.1.5' },
    ]);
    expect(rows.map(row => row.resp_pod_name ?? row.orig_pod_name)).toEqual([
      'web-1',
      'web-1',
      'cart-1',
      'cart-1',
    ]);
    expect(rows[2]).toMatchObject({
      resp_namespace: 'shop',
      resp_workload_kind: 'Deployment',
      resp_workload_name: 'cart',
      resp_node_name: 'node-1',
      resp_labels: '{"app":"cart"}',
      resp_identity_source: 'snapshot',
    });
  });

  it('leaves out what is known of no row', () => {
    const [row] = join(undefined, [{}]);
    expect(row).toEqual({ orig_identity_source: 'none', resp_identity_source: 'none' });
    expect(join(undefined, [{}], { 'web.test': ['192.0.2.2'] })[0]).toEqual({
      orig_identity_source: 'none',
      resp_identity_source: 'dns',
      resp_dns_names: ['web.test'],
    });
  });

  it('gives an address to nobody between the end of one pod and the start of the next', () => {
    const first = pod('web-1', '10.244.1.5', { deleted: '2026-11-22T10:00:20Z' });
    const second = pod('cart-1', '10.244.1.5', { started: '2026-11-22T10:00:40Z' });
    const cluster = new ClusterIdentity([snapshot(END, [second]), snapshot(START, [first])]);
    const [gap] = join(cluster, [{ ts: MIDDLE, resp: '10.244.1.5' }]);
    expect(gap).toEqual({ orig_identity_source: 'none', resp_identity_source: 'none' });
  });

  it('knows a pod by the later of two that hold one address, as when a finished Job keeps its own', () => {
    const finished = pod('job-1', '10.244.1.7', { started: '2026-11-22T08:00:00Z' });
    const running = pod('web-2', '10.244.1.7');
    const cluster = new ClusterIdentity([snapshot(START, [running, finished])]);
    expect(join(cluster, [{ resp: '10.244.1.7' }])[0]).toMatchObject({ resp_pod_name: 'web-2' });
  });

  const service: ServiceIdentity = {
    namespace: 'shop',
    name: 'web',
    ips: ['10.96.0.20'],
    ports: [{ port: 80, protocol: 'TCP' }],
    endpoints: [
      { ip: '10.244.1.5', port: 8080 },
      { ip: '10.244.1.6', port: 8080 },
    ],
  };
  const backends = [pod('web-1', '10.244.1.5'), pod('web-2', '10.244.1.6')];

  it('names the service and the backend that answered, whichever address the flow shows', () => {
    const cluster = new ClusterIdentity([
      snapshot(START, backends, [service]),
      snapshot(END, backends, [service]),
    ]);
    const rows = join(cluster, [
      { resp: '10.96.0.20', translated: '10.244.1.6' },
      { resp: '10.244.1.5', port: 8080, translated: '10.96.0.20' },
      { resp: '10.96.0.20' },
      { resp: '10.244.1.5', port: 8080 },
    ]);
    expect(rows.map(row => [row.resp_service, row.resp_pod_name])).toEqual([
      ['web', 'web-2'],
      ['web', 'web-1'],
      ['web', undefined], // two backends, and nothing shows which
      [undefined, 'web-1'], // dialled by its own address
    ]);
    expect(rows[2]).toMatchObject({ resp_namespace: 'shop', resp_identity_source: 'snapshot' });
  });

  it('names the only backend of a service even where no translation was seen', () => {
    const single = { ...service, endpoints: service.endpoints.slice(0, 1) };
    const cluster = new ClusterIdentity([snapshot(START, backends, [single])]);
    expect(join(cluster, [{ resp: '10.96.0.20' }])[0]).toMatchObject({
      resp_service: 'web',
      resp_pod_name: 'web-1',
    });
  });

  it('tells services that share one address apart by port', () => {
    const other = { ...service, name: 'api', ports: [{ port: 443, protocol: 'TCP' }] };
    const cluster = new ClusterIdentity([snapshot(START, backends, [service, other])]);
    const rows = join(cluster, [
      { resp: '10.96.0.20', port: 443 },
      { resp: '10.96.0.20', port: 80 },
    ]);
    expect(rows.map(row => row.resp_service)).toEqual(['api', 'web']);
  });

  it('gives the address of a node to the node, not to one of its host-network pods', () => {
    const proxy = pod('kube-proxy-x', '10.0.0.1', { hostNetwork: true });
    const cluster = new ClusterIdentity([snapshot(START, [proxy])]);
    const [row] = join(cluster, [{ orig: '10.0.0.1' }]);
    expect(row).toMatchObject({ orig_node_name: 'node-1', orig_identity_source: 'snapshot' });
    expect(row).not.toHaveProperty('orig_pod_name');
  });

  it('names what is outside by the DNS answers of the capture', () => {
    const answers = {
      'api.example.com': ['cdn.example.net', '203.0.113.9'],
      'www.example.com': ['203.0.113.9'],
    };
    const [row] = join(undefined, [{ resp: '203.0.113.9' }], answers);
    expect(row).toEqual({
      orig_identity_source: 'none',
      resp_identity_source: 'dns',
      resp_dns_names: ['api.example.com', 'www.example.com'],
    });
  });

  it('keeps a bounded number of names for an address', () => {
    const answers = Object.fromEntries(
      Array.from({ length: 100 }, (_, i) => [`n${i}.example.com`, ['203.0.113.9']]),
    );
    const [row] = join(undefined, [{ resp: '203.0.113.9' }], answers);
    expect(row?.resp_dns_names).toHaveLength(8);
  });
});
