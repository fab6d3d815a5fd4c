import { Ends } from '../../../../../lib/index/findings/ends.ts';
import * as sign from '../../../../../lib/index/findings/signs.ts';
import { MOST_PATHS, MOST_SERVERS } from '../../../../../lib/index/findings/traffic/layout.ts';
import { type ListedConn, Traffic } from '../../../../../lib/index/findings/traffic/traffic.ts';
import type { Batch, Column } from '../../../../../lib/index/table.ts';
import { textListOf } from '../../../../../lib/index/text-list.ts';
import { times } from '../batches.ts';

interface Flow {
  client: string | null;
  server: string | null;
  port: number;
  proto?: string;
  state?: string;
  toServer?: number;
  toClient?: number;
  again?: number;
}

/** How a column of addresses is made. */
type Hosts = (cells: (string | null)[]) => Column;

const oneByOne: Hosts = values => ({ values });

const eachOnce: Hosts = cells => {
  const texts = [...new Set(cells.filter(cell => cell !== null))];
  const places = new Map(texts.map((text, place) => [text, place]));
  return {
    texts: textListOf(texts),
    index: Int32Array.from(cells, cell => (cell === null ? -1 : places.get(cell)!)),
  };
};

function batchOf(flows: Flow[], hosts: Hosts = eachOnce): Batch {
  const longs = (of: (flow: Flow) => number) => ({
    values: BigInt64Array.from(flows, flow => BigInt(of(flow))),
  });
  const integers = (of: (flow: Flow) => number) => ({ values: Int32Array.from(flows, of) });
  return {
    table: 'conn',
    rows: flows.length,
    columns: {
      id_orig_h: hosts(flows.map(({ client }) => client)),
      id_resp_h: hosts(flows.map(({ server }) => server)),
      id_resp_p: integers(({ port }) => port),
      proto: { values: flows.map(({ proto }) => proto ?? 'tcp') },
      conn_state: { values: flows.map(({ state }) => state ?? 'SF') },
      orig_pkts: longs(({ toServer }) => toServer ?? 1),
      resp_pkts: longs(({ toClient }) => toClient ?? 1),
      orig_retx: integers(({ again }) => again ?? 0),
    },
  };
}

const ALL = 0xffff;

/** Rows as they are shown; what they are called and what was counted can be asked at the end. */
function show(traffic: Traffic, batch: Batch, wanted = ALL): ListedConn[] {
  return [...traffic.count(batch, new Ends(batch, 'orig'), new Ends(batch, 'resp'), wanted)];
}

/** A row in a line: comparing thousands of objects takes long. */
function line(row: number, signs: number, server: unknown[], path: unknown[]): string {
  return `row ${row} signs ${signs} server ${server.join(' ')} path ${path.join(' ')}`;
}

function describeRows(traffic: Traffic, rows: ListedConn[]): string[] {
  const ofServer = (server: number) => [traffic.serverName(server), traffic.connectionsTo(server)];
  const ofPath = (path: number) => [
    traffic.clientName(path),
    traffic.serverName(traffic.serverOf(path)),
    traffic.connectionsOf(path),
    traffic.packetsToServer(path),
    traffic.packetsToClient(path),
  ];
  return rows.map(({ row, signs, server, path }) =>
    line(row, signs, server < 0 ? [] : ofServer(server), path < 0 ? [] : ofPath(path)),
  );
}

function observe(batches: Batch[], wanted = ALL): { connections: number; shown: string[] } {
  const traffic = new Traffic();
  const shown = batches.flatMap(batch => show(traffic, batch, wanted));
  const result = { connections: traffic.connections, shown: describeRows(traffic, shown) };
  traffic.end();
  return result;
}

interface Counts {
  name: string;
  counts: number[];
}

/** Those that come first. */
function place(map: Map<string, Counts>, name: string, limit: number, counts: number[]): Counts | undefined {
  if (!map.has(name) && map.size < limit) map.set(name, { name, counts: counts.map(() => 0) });
  const known = map.get(name);
  if (known) for (const [i, n] of counts.entries()) known.counts[i]! += n;
  return known;
}

function signsOf({ proto = 'tcp', state = 'SF', toServer = 1, toClient = 1, again = 0 }: Flow): number {
  if (proto !== 'tcp') return proto.startsWith('icmp') ? sign.ICMP : 0;
  const ofState = { REJ: sign.REFUSED, S0: sign.UNANSWERED, RSTR: sign.RESET, RSTO: sign.RESET }[state] ?? 0;
  const oneWay = toServer === 0 || toClient === 0 ? sign.ONE_WAY : 0;
  const sentAgain = (again > 0 ? sign.SENT_AGAIN : 0) | (again >= 3 ? sign.SENT_OFTEN : 0);
  return sign.TCP | ofState | oneWay | sentAgain;
}

/** The same with maps of texts. */
function expected(batches: Flow[][]): { connections: number; shown: string[] } {
  const servers = new Map<string, Counts>();
  const paths = new Map<string, Counts>();
  let connections = 0;
  const rows = batches.flatMap(flows =>
    flows.map((flow, row) => {
      let signs = signsOf(flow);
      if ((signs & sign.TCP) === 0) return { row, signs };
      connections++;
      const { toServer = 1, toClient = 1 } = flow;
      const server =
        flow.server === null ? undefined : place(servers, `${flow.server}:${flow.port}`, MOST_SERVERS, [1]);
      const path =
        server && flow.client !== null
          ? place(paths, `${flow.client} ${server.name}`, MOST_PATHS, [1, toServer, toClient])
          : undefined;
      if (path && path.counts[0]! > 1000) signs |= sign.BUSY;
      return { row, signs, server, path };
    }),
  );
  const of = (known: Counts | undefined) => (known ? [known.name, ...known.counts] : []);
  return {
    connections,
    shown: rows
      .filter(({ signs }) => signs !== 0)
      .map(({ row, signs, server, path }) => line(row, signs, of(server), of(path))),
  };
}

/** Numbers that are the same each time. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return below => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function randomFlows(count: number, seed: number, hosts = 200): Flow[] {
  const pick = random(seed);
  const address = (last: number) => {
    const host = pick(hosts);
    return `10.${host >> 8}.${host & 255}.${last}`;
  };
  const states = ['SF', 'REJ', 'S0', 'RSTR', 'RSTO', 'OTH'];
  return times(count, () => ({
    client: pick(50) === 0 ? null : address(1),
    server: pick(50) === 0 ? null : address(2),
    port: [80, 443, 5432, 65_535][pick(4)]!,
    proto: ['tcp', 'tcp', 'tcp', 'udp', 'icmp', 'icmp6'][pick(6)]!,
    state: states[pick(states.length)]!,
    toServer: pick(4),
    toClient: pick(4),
    again: pick(4),
  }));
}

function batches(flows: Flow[], size: number): Flow[][] {
  return times(Math.ceil(flows.length / size), i => flows.slice(i * size, (i + 1) * size));
}

describe('rows and counts are the same as with maps of texts', () => {
  const parts = batches(randomFlows(20_000, 1), 1500);

  test.each([
    ['one by one', oneByOne],
    ['each once', eachOnce],
  ])('of texts that come %s', (_, hosts) => {
    expect(observe(parts.map(part => batchOf(part, hosts)))).toEqual(expected(parts));
  });

  test('of long batches', () => {
    const long = [randomFlows(4096, 2), randomFlows(10_000, 3, 12_000)];
    expect(observe(long.map(part => batchOf(part)))).toEqual(expected(long));
  });

  test('of a path that becomes busy', () => {
    const busy = [times(1003, () => ({ client: '10.0.0.1', server: '10.0.0.2', port: 80 }))];
    expect(observe([batchOf(busy[0]!)])).toEqual(expected(busy));
    const traffic = new Traffic();
    expect(show(traffic, batchOf(busy[0]!), sign.BUSY).map(({ row }) => row)).toEqual([1000, 1001, 1002]);
  });
});

describe('beyond the limits', () => {
  const address = (i: number) => `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`;
  const from = (client: number, server: number, port = 443): Flow => ({
    client: address(client),
    server: address(server),
    port,
  });

  test('servers that come first are counted', () => {
    const flows = [
      ...times(MOST_SERVERS + 3000, i => from(1, i)),
      ...times(MOST_SERVERS + 3000, i => from(2, MOST_SERVERS + 2999 - i)),
      from(MOST_SERVERS + 1, 5), // a text that was met when there was no more room for servers
      from(5, 5, 80),
    ];
    const parts = batches(flows, 4096);
    expect(observe(parts.map(part => batchOf(part)))).toEqual(expected(parts));
  });

  test('paths that come first are counted, and all connections to servers', () => {
    const flows = [
      ...times(MOST_PATHS + 3000, i => from(i, i % 7)),
      ...times(9000, i => from(MOST_PATHS + 5000 - i, 8 + (i % 7))),
      from(3, 3),
    ];
    const parts = batches(flows, 4096);
    expect(observe(parts.map(part => batchOf(part)))).toEqual(expected(parts));
  });
});

describe('columns', () => {
  test('that are missing are 0 in every row, or none', () => {
    const columns = { proto: { values: ['tcp', 'icmp', null] } };
    expect(observe([{ table: 'conn', rows: 3, columns }])).toEqual({
      connections: 1,
      shown: [line(0, sign.TCP | sign.ONE_WAY, [], []), line(1, sign.ICMP, [], [])],
    });
    expect(observe([{ table: 'conn', rows: 3, columns: {} }])).toEqual({ connections: 0, shown: [] });
  });

  test('have no value where they are null', () => {
    const flow = { client: '10.0.0.1', server: '10.0.0.2', port: 80, toServer: 5, toClient: 7, again: 9 };
    const batch = batchOf(times(1030, () => flow));
    const nulls = Uint8Array.from({ length: batch.rows }, (_, row) => (row === 1 || row > 1024 ? 1 : 0));
    for (const name of ['id_resp_p', 'orig_pkts', 'orig_retx']) {
      batch.columns[name] = { ...batch.columns[name], nulls } as Column;
    }
    const rows = [
      times(batch.rows, row => (nulls[row] === 1 ? { ...flow, port: 0, toServer: 0, again: 0 } : flow)),
    ];
    expect(observe([batch])).toEqual(expected(rows));
  });

  test('of packets count beyond 32 bits', () => {
    const flow = { client: '10.0.0.1', server: '10.0.0.2', port: 80, toServer: 2 ** 40, toClient: 1 };
    expect(observe([batchOf([flow, flow])])).toEqual(expected([[flow, flow]]));
  });
});

describe('several captures', () => {
  const parts = batches(randomFlows(6000, 4), 1000);
  const others = batches(randomFlows(6000, 5), 1000);

  test('at once do not mix', () => {
    const [one, other] = [new Traffic(), new Traffic()];
    const shown: ListedConn[] = [];
    const otherShown: ListedConn[] = [];
    for (const [i, part] of parts.entries()) {
      shown.push(...show(one, batchOf(part)));
      otherShown.push(...show(other, batchOf(others[i]!)));
    }
    expect(describeRows(one, shown)).toEqual(expected(parts).shown);
    one.end();
    expect(describeRows(other, otherShown)).toEqual(expected(others).shown);
    other.end();
  });

  test('one after the other leave nothing to the next', () => {
    for (const all of [parts, others, parts]) {
      expect(observe(all.map(part => batchOf(part)))).toEqual(expected(all));
    }
    const empty = new Traffic();
    expect(empty.connections).toBe(0);
    const [first] = show(empty, batchOf([{ client: '10.0.0.1', server: '10.0.0.2', port: 80 }]));
    expect([first!.server, first!.path, empty.connectionsTo(0), empty.packetsToServer(0)]).toEqual([
      0, 0, 1, 1,
    ]);
    empty.end();
  });

  test('that are given up do not harm the next', () => {
    show(new Traffic(), batchOf(parts[0]!));
    expect(observe(others.map(part => batchOf(part)))).toEqual(expected(others));
  });
});
