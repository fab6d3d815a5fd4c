import type { CaptureInterface } from '../../pcap/record.ts';
import type { Objects } from '../../storage/objects.ts';
import { passesInOrder } from '../engine/member-order.ts';
import type { Catalog } from '../query/catalog.ts';
import type { Indexed, Origin } from '../store/manifest.ts';
import { loadPositions } from '../store/positions.ts';
import type { CapturedPacket } from './captured.ts';
import type { Expression } from './expression/parse.ts';
import { flowOfUid } from './flow-uid.ts';
import { enhancedPacket, interfaceDescription, nameResolutions, sectionHeader } from './pcapng-writer.ts';
import { rangeReader } from './read-ranges.ts';
import { readThrough } from './read-through.ts';
import { type PacketRow, type Selection, selectFlow, selectFlows, selectPackets } from './select.ts';
import type { RangeSource } from './stored-bytes.ts';

/** Which packets: those of a flow, by its uid or its number in a catalog of one file, or those that an expression means. */
export type Wanted =
  | { type: 'flow'; flow: number }
  | { type: 'uid'; uid: string }
  | { type: 'where'; expression: Expression; text: string };

/** A capture file as it was uploaded. */
export interface OriginalFile extends RangeSource {
  stream(): AsyncIterable<Uint8Array>;
}

export interface Cut {
  packets: number;
  /** The parts of a pcapng file: packets in order of time, names of addresses, a comment naming the Capture. */
  content: AsyncIterable<Uint8Array>;
}

const PROGRAM = 'serverless-capture';

/** Cuts packets out of the files of a catalog. What is in `content` is read while it is consumed. */
export async function cut(
  catalog: Catalog,
  wanted: Wanted,
  open: (origin: Origin) => Promise<OriginalFile>,
): Promise<Cut> {
  const names = new Map<string, Set<string>>();
  const parts: { indexed: Indexed; rows: PacketRow[] }[] = [];
  for (const indexed of catalog.indexed) {
    const selection = await select(catalog, indexed, wanted, names);
    const rows = await selectPackets(catalog.objects, indexed, selection);
    if (rows.length > 0) parts.push({ indexed, rows });
  }
  const packets = parts.reduce((sum, { rows }) => sum + rows.length, 0);
  const sources = parts.map(({ indexed, rows }) => readPackets(catalog, indexed, rows, open));
  const comment = describe(
    parts.map(({ indexed }) => indexed.origin),
    wanted,
  );
  return { packets, content: write(comment, names, inOrder(sources)) };
}

async function select(
  { objects }: Catalog,
  indexed: Indexed,
  wanted: Wanted,
  names: Map<string, Set<string>>,
): Promise<Selection> {
  switch (wanted.type) {
    case 'where':
      return await selectFlows(objects, indexed, wanted.expression, names);
    case 'flow':
      return await selectFlow(objects, indexed, wanted.flow, names);
    case 'uid': {
      const flow = flowOfUid(wanted.uid);
      if (flow === undefined || !wanted.uid.startsWith(indexed.uids)) return new Map();
      return await selectFlow(objects, indexed, flow, names);
    }
  }
}

/** The packets of one file; those of several captures in it are merged by time. */
async function* readPackets(
  { objects }: Catalog,
  indexed: Indexed,
  rows: readonly PacketRow[],
  open: (origin: Origin) => Promise<OriginalFile>,
): AsyncGenerator<CapturedPacket> {
  const file = indexed.archive ? fileOf(objects, indexed.archive) : await open(indexed.origin);
  const positions = await loadPositions(objects, indexed.positions);
  const readers: AsyncGenerator<CapturedPacket>[] = [];
  for (const member of new Set(rows.map(row => row.member))) {
    const read = await rangeReader(file, positions, member);
    if (!read) {
      const { stream } = await open(indexed.origin);
      for (const pass of inPasses(rows)) yield* readThrough(indexed.origin.key, stream(), pass);
      return;
    }
    readers.push(read(rows.filter(row => row.member === member)));
  }
  yield* inOrder(readers);
}

/** Rows of captures that lie in order of time, for each time that the file is to be read through. */
function inPasses(rows: readonly PacketRow[]): PacketRow[][] {
  const times: bigint[] = [];
  for (const { member, ts } of rows) times[member] ??= ts;
  return passesInOrder(Array.from(times))
    .map(pass => rows.filter(({ member }) => pass.includes(member)))
    .filter(pass => pass.length > 0);
}

/** The copy of an archive, which is kept with the index. */
function fileOf(objects: Objects, { key, bytes }: { key: string; bytes: number }): RangeSource {
  return {
    size: bytes,
    async read(start, end) {
      const range = await objects.get(key, { start, end });
      if (!range) throw new Error(`${key}, which the index names, is gone; index the capture again`);
      return range;
    },
  };
}

/** Merges sources, each about in order of time, by time. */
async function* inOrder(sources: AsyncGenerator<CapturedPacket>[]): AsyncGenerator<CapturedPacket> {
  const heads: { packet: CapturedPacket; source: AsyncGenerator<CapturedPacket> }[] = [];
  for (const source of sources) {
    const { value, done } = await source.next();
    if (!done) heads.push({ packet: value, source });
  }
  while (heads.length > 0) {
    const earliest = heads.reduce((least, head) => (head.packet.ts < least.packet.ts ? head : least));
    yield earliest.packet;
    const { value, done } = await earliest.source.next();
    if (done) heads.splice(heads.indexOf(earliest), 1);
    else earliest.packet = value;
  }
}

async function* write(
  comment: string,
  names: ReadonlyMap<string, ReadonlySet<string>>,
  packets: AsyncIterable<CapturedPacket>,
): AsyncGenerator<Uint8Array> {
  yield sectionHeader(comment, PROGRAM);
  yield* nameResolutions(new Map([...names].map(([address, texts]) => [address, [...texts]])));
  const interfaces = new Map<CaptureInterface, number>();
  for await (const { ts, origlen, data, from } of packets) {
    let number = interfaces.get(from);
    if (number === undefined) {
      number = interfaces.size;
      interfaces.set(from, number);
      yield interfaceDescription(from.linkType, from.snaplen, from.name);
    }
    yield enhancedPacket(number, ts, origlen, data);
  }
}

function describe(origins: Origin[], wanted: Wanted): string {
  const what =
    wanted.type === 'where'
      ? `where ${wanted.text}`
      : `flow ${wanted.type === 'uid' ? wanted.uid : wanted.flow}`;
  const lines = origins.map(({ cluster, namespace, name, node, key }) =>
    name === undefined
      ? `file ${key}`
      : `Capture ${namespace}/${name} in cluster ${cluster}, node ${node}, file ${key}`,
  );
  return [`Packets of ${what}, cut from:`, ...lines].join('\n');
}
