import { findingEventData } from '../../../../lib/index/findings/event.ts';
import { createFindings } from '../../../../lib/index/findings/index.ts';
import { findingsBatch } from '../../../../lib/index/findings/table.ts';
import { TABLES } from '../../../../lib/index/table.ts';
import { batchOf, type Cells, capture, conn, dns, http, ssl, times } from './batches.ts';
import { find, only } from './find.ts';

describe('a healthy capture', () => {
  test('has no findings', () => {
    expect(
      find({
        conn: times(500, i => conn({ id_orig_p: 30000 + i })),
        dns: times(500, i => dns({ query: `name-${i}.test` })),
        ssl: times(50, () => ssl()),
        http: times(50, () => http()),
      }),
    ).toEqual([]);
  });

  test('has no findings either when the rows tell nothing', () => {
    expect(find({ conn: [{}, {}], dns: [{ rcode: 0 }], ssl: [{}], http: [{}] })).toEqual([]);
  });
});

describe('names', () => {
  test('dns-unresolved: a name that does not exist, with who asked', () => {
    const found = only({ dns: [...times(100, () => dns()), ...times(12, () => nxdomain('typo.test'))] });
    expect(found).toMatchObject({ rule: 'dns-unresolved', severity: 'medium', count: 12 });
    expect(found.title).toBe('The name typo.test does not exist: 12 answers NXDOMAIN, most to 10.0.0.1.');
    expect(found.uids).toHaveLength(12);
  });

  test('dns-unresolved: not for a single answer, not for names of the search list', () => {
    expect(find({ dns: [...times(100, () => dns()), nxdomain('once.test')] })).toEqual([]);
    const expanded = times(10, () => nxdomain('api.test.default.svc.cluster.local'));
    expect(find({ dns: [...times(100, () => dns()), ...expanded] })).toEqual([]);
  });

  test('dns-search-storm: most answers are for names that the search list made', () => {
    const storm = times(10, () => [
      nxdomain('api.test.shop.svc.cluster.local'),
      nxdomain('api.test.svc.cluster.local'),
      nxdomain('api.test.cluster.local'),
      dns(),
    ]).flat();
    const found = only({ dns: storm });
    expect(found).toMatchObject({ rule: 'dns-search-storm', count: 30 });
    expect(found.title).toContain('75 % of the DNS answers (30 answers)');
    expect(found.evidence).toMatchObject({
      names: [{ name: 'api.test', count: 30 }],
      searchDomains: [
        { domain: 'cluster.local', count: 10 },
        { domain: 'shop.svc.cluster.local', count: 10 },
        { domain: 'svc.cluster.local', count: 10 },
      ],
    });
  });

  test('a name that never resolves is reported once, not with each search domain', () => {
    const asked = ['gone.test.a.svc.cluster.local', 'gone.test.svc.cluster.local', 'gone.test'];
    const found = find({ dns: times(5, () => asked.map(nxdomain)).flat() });
    expect(
      found.filter(({ rule }) => rule === 'dns-unresolved').map(({ evidence }) => evidence.name),
    ).toEqual(['gone.test']);
  });

  test('dns-failed: SERVFAIL by server', () => {
    const fail = () => dns({ rcode: 2, rcode_name: 'SERVFAIL', query: 'db.test' });
    const found = only({ dns: [...times(100, () => dns()), ...times(20, fail)] });
    expect(found).toMatchObject({ rule: 'dns-failed', severity: 'high', count: 20 });
    expect(found.title).toBe('The DNS server 10.0.0.2:53 answered SERVFAIL 20 times, most for db.test.');
  });

  test('dns-slow: more than half a second, with quantiles', () => {
    const found = only({ dns: [...times(90, () => dns()), ...times(10, i => dns({ rtt: 1 + i / 10 }))] });
    expect(found).toMatchObject({
      rule: 'dns-slow',
      severity: 'high',
      count: 10,
      evidence: { answers: 100, max: 1.9 },
    });
    expect(found.evidence.p50).toBeLessThan(0.002);
    expect(found.evidence.p95).toBeGreaterThan(1);
    expect(find({ dns: [...times(400, () => dns()), ...times(3, () => dns({ rtt: 2 }))] })).toEqual([]);
  });

  test('dns-unanswered: but not in the last five seconds, and not by multicast', () => {
    const silent = (at: number, over: Cells = {}) =>
      dns({ rcode: null, rcode_name: null, rtt: null, ...over }, at);
    const found = only({ dns: [...times(10, i => dns({}, i)), ...times(3, i => silent(i)), silent(58)] });
    expect(found).toMatchObject({ rule: 'dns-unanswered', severity: 'medium', count: 3 });
    expect(found.title).toBe('The DNS server 10.0.0.2:53 did not answer 3 queries (21 % of those it got).');
    expect(find({ dns: times(9, i => silent(i, { id_resp_h: '224.0.0.251', id_resp_p: 5353 })) })).toEqual(
      [],
    );
    expect(find({ dns: times(9, () => silent(59)) })).toEqual([]);
  });
});

describe('connections', () => {
  test('connection-refused: by server and port, with the clients', () => {
    const refused = (client: string) => conn({ conn_state: 'REJ', id_orig_h: client, resp_bytes: 0n });
    const found = only({ conn: [refused('10.0.0.9'), refused('10.0.0.9'), refused('10.0.0.8'), conn()] });
    expect(found).toMatchObject({
      rule: 'connection-refused',
      severity: 'medium',
      count: 3,
      evidence: {
        server: '10.0.0.2:80',
        connections: 4,
        clients: [
          { client: '10.0.0.9', count: 2 },
          { client: '10.0.0.8', count: 1 },
        ],
      },
    });
  });

  test('connections are named by service, workload and pod where the index knows them', () => {
    const known = {
      conn_state: 'REJ',
      orig_namespace: 'shop',
      orig_workload_kind: 'Deployment',
      orig_workload_name: 'cart',
      orig_pod_name: 'cart-1',
      resp_namespace: 'shop',
      resp_service: 'db',
    };
    expect(only({ conn: times(3, () => conn(known)) }).title).toBe(
      'service shop/db port 80 refused 3 connections (100 %), most from deployment shop/cart: nothing listens there.',
    );
  });

  test('pods that have one address one after the other are two clients, also within a batch', () => {
    const from = (pod: string, port: number) =>
      conn({ conn_state: 'REJ', id_orig_p: port, orig_namespace: 'shop', orig_pod_name: pod });
    const rows = [from('a-1', 1), from('b-1', 2), from('a-1', 3), conn({ conn_state: 'REJ', id_orig_p: 4 })];
    expect(only({ conn: rows }).evidence.clients).toEqual([
      { client: 'pod shop/a-1', count: 2 },
      { client: '10.0.0.1', count: 1 },
      { client: 'pod shop/b-1', count: 1 },
    ]);
  });

  test('names learned from connections name the ends of DNS rows', () => {
    const flow = conn({
      resp_namespace: 'kube-system',
      resp_service: 'kube-dns',
      id_resp_p: 53,
      proto: 'udp',
    });
    const fail = () => dns({ rcode: 2, rcode_name: 'SERVFAIL' });
    expect(only({ conn: [flow], dns: times(2, fail) }).title).toContain(
      'service kube-system/kube-dns port 53',
    );
  });

  test('an address has the name that it had last, as client or as server', () => {
    const pod = (orig: string | null, resp: string | null) =>
      conn({
        ...{ id_orig_h: '10.0.0.2', id_resp_h: '10.0.0.2' },
        ...(orig !== null && { orig_namespace: 'shop', orig_pod_name: orig }),
        ...(resp !== null && { resp_namespace: 'shop', resp_pod_name: resp }),
      });
    const fail = () => dns({ rcode: 2, rcode_name: 'SERVFAIL' });
    const nameAfter = (...rows: Cells[]) => {
      const server = only({ conn: rows, dns: times(2, fail) }).evidence.server;
      return /pod shop\/(.*) port 53/.exec(String(server))?.[1];
    };
    expect(nameAfter(pod('a', null), pod(null, 'b'), pod('a', null))).toBe('a');
    expect(nameAfter(pod('a', null), pod(null, 'b'), pod(null, null))).toBe('b');
    expect(nameAfter(pod('a', 'b'))).toBe('b');
    expect(nameAfter(pod('a', 'b'), pod('c', null), pod('a', null))).toBe('a');
  });

  test('connection-unanswered: SYNs that were repeated, not a last single one', () => {
    const syn = (packets: bigint) =>
      conn({ conn_state: 'S0', orig_pkts: packets, resp_pkts: 0n, orig_tcp_flags: 2 });
    expect(only({ conn: times(3, () => syn(3n)) })).toMatchObject({
      rule: 'connection-unanswered',
      count: 3,
    });
    expect(find({ conn: times(3, () => syn(1n)) })).toEqual([]);
  });

  test('connection-reset: by the server after data, not by a client that had its answer', () => {
    const cut = conn({ conn_state: 'RSTR' });
    expect(only({ conn: [cut, cut, cut, conn()] })).toMatchObject({
      rule: 'connection-reset',
      severity: 'high',
      count: 3,
    });
    expect(find({ conn: times(9, () => conn({ conn_state: 'RSTO' })) })).toEqual([]);
    expect(
      find({ conn: times(9, () => conn({ conn_state: 'RSTR', orig_bytes: 0n, resp_bytes: 0n })) }),
    ).toEqual([]);
  });

  test('retransmissions: by direction, as a share of what was sent', () => {
    const lossy = conn({ resp_pkts: 100n, resp_retx: 12, resp_bytes: 90000n, resp_ip_bytes: 98000n });
    const found = only({ conn: [lossy] });
    expect(found).toMatchObject({ rule: 'retransmissions', severity: 'high', count: 12 });
    expect(found.title).toContain('12 % of the packets from 10.0.0.2:80 to 10.0.0.1');
    expect(find({ conn: [conn({ resp_pkts: 10000n, resp_retx: 12 })] })).toEqual([]);
  });

  test('zero-window: the receiver is named', () => {
    const found = only({ conn: [conn({ orig_zero_win: 5 })] });
    expect(found).toMatchObject({ rule: 'zero-window', count: 5, evidence: { receiver: '10.0.0.1' } });
  });

  test('mtu-black-hole: full segments again and again, no answer', () => {
    const stuck = conn({
      conn_state: 'S1',
      orig_pkts: 9n,
      orig_retx: 6,
      orig_bytes: 1448n,
      orig_ip_bytes: BigInt(7 * 1500 + 2 * 52),
      resp_bytes: 0n,
      resp_pkts: 1n,
    });
    const found = find({ conn: [stuck] }).find(({ rule }) => rule === 'mtu-black-hole');
    expect(found).toMatchObject({
      severity: 'high',
      count: 1,
      evidence: { path: '10.0.0.1 to 10.0.0.2:80' },
    });
  });

  test('mtu-black-hole: small packets that are lost are none, a router that says so is a mild one', () => {
    const small = conn({
      orig_pkts: 9n,
      orig_retx: 6,
      orig_bytes: 100n,
      orig_ip_bytes: 1000n,
      resp_bytes: 0n,
    });
    expect(find({ conn: [small] }).map(({ rule }) => rule)).not.toContain('mtu-black-hole');
    const told = conn({ proto: 'icmp', id_orig_p: 3, id_resp_p: 4 });
    expect(only({ conn: [told] })).toMatchObject({ rule: 'mtu-black-hole', severity: 'low' });
  });

  test('port-exhaustion: thousands of connections from one client in a minute', () => {
    const many = times(17_000, i => conn({ id_orig_p: 30000 + (i % 30000) }, i / 1000));
    expect(only({ conn: many })).toMatchObject({ rule: 'port-exhaustion', severity: 'medium' });
    expect(find({ conn: times(17_000, i => conn({}, i / 10)) })).toEqual([]);
  });
});

describe('the capture itself', () => {
  test('capture-empty', () => {
    expect(only({ capture: [capture({ packets: 0n })] })).toMatchObject({ rule: 'capture-empty', count: 0 });
  });

  test.each([
    [1n, undefined],
    [100_0n, 'low'],
    [20_000n, 'medium'],
    [200_000n, 'high'],
  ])('capture-drops: %s of a million are %s', (drops, severity) => {
    const found = find({ capture: [capture({ packets: 1_000_000n - drops, drops })] });
    expect(found.map(finding => finding.severity)).toEqual(severity ? [severity] : []);
  });

  test('asymmetric-capture: data without any answer', () => {
    const half = () => conn({ conn_state: 'OTH', resp_pkts: 0n, resp_bytes: 0n, orig_tcp_flags: 0x18 });
    expect(only({ conn: times(12, half) })).toMatchObject({ rule: 'asymmetric-capture', count: 12 });
    expect(find({ conn: [...times(12, half), ...times(100, () => conn())] })).toEqual([]);
  });
});

describe('a finding', () => {
  const rows = { conn: times(30, () => conn({ conn_state: 'REJ' })) };

  test('has the same id each time, another in another capture', () => {
    const [first] = find(rows);
    const [again] = find(rows);
    const [other] = find(rows, 's3://bucket/b.pcap');
    expect(again!.id).toBe(first!.id);
    expect(other!.id).not.toBe(first!.id);
    expect(first!.id).toMatch(/^[0-9a-f]{32}$/);
  });

  test('names at most twenty flows', () => {
    expect(find(rows)[0]!.uids).toHaveLength(20);
  });

  test('comes worst first', () => {
    const bad = () => ssl({ established: false, alert: 'unknown_ca' });
    expect(find({ ...rows, ssl: [bad()] }).map(({ severity }) => severity)).toEqual(['high', 'medium']);
  });

  test('becomes a row of its table and the data of an event', () => {
    const found = find(rows);
    const batch = findingsBatch(found);
    expect(Object.keys(batch.columns).sort()).toEqual(Object.keys(TABLES.findings).sort());
    const data = findingEventData(found[0]!);
    expect(data).toMatchObject({
      rule: 'connection-refused',
      severity: 'high',
      count: 30,
      firstSeen: '2023-11-14T22:13:20.000Z',
    });
    expect(JSON.parse(JSON.stringify(data))).toEqual(data);
  });

  test('is one of at most ten of its rule, whatever the number of names and servers', () => {
    const findings = createFindings('x');
    for (let n = 0; n < 30; n++) {
      const address = (i: number) => `10.${n}.${i >> 8}.${i & 255}`;
      findings.observe(
        batchOf(
          'dns',
          times(500, i => nxdomain(`n${n}-${i >> 1}.test`)),
        ),
      );
      findings.observe(
        batchOf(
          'conn',
          times(500, i => conn({ conn_state: 'REJ', id_resp_h: address(i >> 1) })),
        ),
      );
    }
    const found = findings.finish();
    findings.end();
    for (const { rule } of found)
      expect(found.filter(other => other.rule === rule).length).toBeLessThanOrEqual(10);
    expect(found).not.toHaveLength(0);
  });
});

function nxdomain(query: string): Cells {
  return dns({ query, rcode: 3, rcode_name: 'NXDOMAIN' });
}
