import type { CaptureInterface } from '../../pcap/record.ts';
import type { Objects } from '../../storage/objects.ts';
import { passesInOrder } from '../engine/member-order.ts';
import type { Catalog } from '../query/catalog.ts';
import type { Indexed, Origin } from '../store/manifest.ts';
import { loadPositions, type Positions } from '../store/positions.ts';
import type { CapturedPacket } from './captured.ts';
import type { Expression } from './expression/parse.ts';
import { flowOfUid } from './flow-uid.ts';
import { enhancedPacket, interfaceDescription, nameResolutions, sectionHeader } from './pcapng-writer.ts';
import { rangeReader } from './read-ranges.ts';
import {
  type Names,
  namesOfFlow,
  type PacketRow,
  type Selection,
  selectFlows,
  selectPackets,
} from './select.ts';
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
  const names: Names = new Map();
  const parts: Part[] = [];
  for (const indexed of catalog.indexed) {
    const part = await select(catalog, indexed, wanted, names);
    if (part && part.rows.length > 0) parts.push(part);
  }
  const packets = parts.reduce((sum, { rows }) => sum + rows.length, 0);
  const sources = parts.map(part => readPackets(catalog, part, open));
  const comment = describe(
    parts.map(({ indexed }) => indexed.origin),
    wanted,
  );
  return { packets, content: write(comment, names, inOrder(sources)) };
}

/** What is wanted of one file. */
interface Part {
  indexed: Indexed;
  positions: Positions;
  rows: PacketRow[];
}

/** Gathers names of addresses as well. What does not depend on each other is read at the same time. */
async function select(
  { objects }: Catalog,
  indexed: Indexed,
  wanted: Wanted,
  names: Names,
): Promise<Part | undefined> {
  let selection: Selection;
  let named: Promise<void> | undefined;
  if (wanted.type === 'where') {
    selection = await selectFlows(objects, indexed, wanted.expression, names);
    if (selection.size === 0) return undefined;
  } else {
    const flow = flowIn(indexed, wanted);
    if (flow === undefined) return undefined;
    selection = new Map([[flow, true]]);
    named = namesOfFlow(objects, indexed, flow, names);
  }
  const [rows, positions] = await Promise.all([
    selectPackets(objects, indexed, selection),
    loadPositions(objects, indexed.positions),
    named,
  ]);
  return { indexed, positions, rows };
}

/** The number that the wanted flow has in a file, if it is one of its flows. */
function flowIn({ uids }: Indexed, wanted: Exclude<Wanted, { type: 'where' }>): number | undefined {
  if (wanted.type === 'flow') return wanted.flow;
  return wanted.uid.startsWith(uids) ? flowOfUid(wanted.uid) : undefined;
}

/** The packets of one file; those of several captures in it are merged by time. */
async function* readPackets(
  { objects }: Catalog,
  { indexed, positions, rows }: Part,
  open: (origin: Origin) => Promise<OriginalFile>,
): AsyncGenerator<CapturedPacket> {
  const file = indexed.archive ? fileOf(objects, indexed.archive) : await open(indexed.origin);
  const readers: AsyncGenerator<CapturedPacket>[] = [];
  for (const member of new Set(rows.map(row => row.member))) {
    const of = rows.filter(row => row.member === member);
    const reader = await rangeReader(file, positions, member, of);
    if (!reader) {
      const { stream } = await open(indexed.origin);
      const { readThrough } = await import('./read-through.ts'); // every container and format, seldom needed
      for (const pass of inPasses(rows)) yield* readThrough(indexed.origin.key, stream(), pass);
      return;
    }
    readers.push(reader);
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
