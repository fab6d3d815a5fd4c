import { indexCapture } from '../../../../lib/index/engine/index-capture.ts';
import { streamSource } from '../../../../lib/index/engine/source.ts';
import { Collector } from './collect.ts';

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');

function ipv4(ends: string, protocol: number, payload: Buffer, fragment = 0): Buffer {
  const header = hex(`4500 0000 1234 0000 4000 0000 ${ends}`);
  header.writeUInt16BE(20 + payload.length, 2);
  header.writeUInt16BE(fragment, 6);
  header[9] = protocol;
  return Buffer.concat([header, payload]);
}

const MORE = 0x2000;
const NODES = '0a000001 0a000002';
const PODS = '0a800001 0a800002';
const ports = '0fa0 0050';
const TEXT = 'x'.repeat(100);
const segment = Buffer.concat([hex(`${ports} 00000001 00000002 5018 0400 0000 0000`), Buffer.from(TEXT)]);
const vxlan = (frame: Buffer) => Buffer.concat([hex('c000 12b5 0000 0000 08000000 00002a00'), frame]);
const ethernet = (etherType: string, payload: Buffer) =>
  Buffer.concat([hex('020000000001 020000000002'), hex(etherType), payload]);
const tunnelled = vxlan(ethernet('0800', ipv4(PODS, 6, segment)));

/** The datagram as three fragments: 80 bytes, 80 bytes, the rest. */
function fragments(datagram: Buffer, protocol = 17): [Buffer, Buffer, Buffer] {
  return [
    ipv4(NODES, protocol, datagram.subarray(0, 80), MORE),
    ipv4(NODES, protocol, datagram.subarray(80, 160), MORE | 10),
    ipv4(NODES, protocol, datagram.subarray(160), 20),
  ];
}

/** A record of 100 microseconds after the one before it, cut at `snaplen`. */
function record(packet: Buffer, at: number, snaplen = packet.length): Buffer {
  const header = Buffer.alloc(16);
  header.writeUInt32LE(1_700_000_000);
  header.writeUInt32LE(at * 100, 4);
  header.writeUInt32LE(Math.min(packet.length, snaplen), 8);
  header.writeUInt32LE(packet.length, 12);
  return Buffer.concat([header, packet.subarray(0, snaplen)]);
}

async function index(packets: Buffer[], { linkType = 228, snaplen = 65_535 } = {}) {
  const file = hex('d4c3b2a1 0200 0400 00000000 00000000 00000400 00000000');
  file.writeUInt32LE(linkType, 20);
  const tables = new Collector();
  const chunks = (async function* () {
    yield new Uint8Array(Buffer.concat([file, ...packets.map((packet, at) => record(packet, at, snaplen))]));
  })();
  await indexCapture(streamSource('file', chunks), tables);
  return { conns: tables.table('conn'), packets: tables.table('packets') };
}

const INNER = {
  ...{ id_orig_h: '10.128.0.1', id_resp_h: '10.128.0.2', id_resp_p: 80, proto: 'tcp' },
  ...{ tunnel: 'vxlan:42 10.0.0.1>10.0.0.2', orig_pkts: 1n, orig_bytes: 100n, orig_ip_bytes: 140n },
};
const length = tunnelled.length + 3 * 20;

it('shows the flow inside a tunnel whose datagrams are fragments: one packet, three records', async () => {
  const { conns, packets } = await index(fragments(tunnelled));
  expect(conns).toMatchObject([{ ...INNER, orig_l2_bytes: BigInt(length), packet_rows: 3n }]);
  expect(packets.map(row => row.flow)).toEqual([0, 0, 0]);
});

it('does so when a later fragment comes first, and when most of each was not captured', async () => {
  const [first, second, third] = fragments(tunnelled);
  const late = await index([third, first, second]);
  expect(late.conns).toMatchObject([{ ...INNER, orig_l2_bytes: BigInt(length), packet_rows: 3n }]);
  const cut = await index([first, second, third], { snaplen: 96 });
  expect(cut.conns).toMatchObject([{ ...INNER, packet_rows: 3n, truncated: 1 }]);
});

it('does so for GRE, and when the last fragment is lost', async () => {
  const gre = Buffer.concat([hex('0000 0800'), ipv4(PODS, 6, segment)]);
  const [first, second] = fragments(gre, 47);
  const { conns } = await index([first, second]);
  expect(conns).toMatchObject([{ ...INNER, tunnel: 'gre 10.0.0.1>10.0.0.2', packet_rows: 2n }]);
});

it('leaves a datagram that holds no packet to the outer flow, each fragment counted', async () => {
  const { conns } = await index(fragments(vxlan(ethernet('0806', Buffer.alloc(160)))));
  expect(conns).toMatchObject([
    { id_orig_h: '10.0.0.1', id_resp_p: 4789, tunnel: null, orig_pkts: 3n, packet_rows: 3n },
  ]);
});

it('leaves a tunnel whose inner packet is a fragment, too, to the outer flow', async () => {
  const { conns } = await index(fragments(vxlan(ethernet('0800', ipv4(PODS, 6, segment, MORE)))));
  expect(conns).toMatchObject([{ id_resp_p: 4789, tunnel: null, orig_pkts: 3n }]);
});

it('begins anew when the identification is used again', async () => {
  const other = fragments(vxlan(ethernet('0806', Buffer.alloc(160))));
  const { conns } = await index([...fragments(tunnelled), ...other]);
  expect(conns).toMatchObject([
    { ...INNER, packet_rows: 3n },
    { id_resp_p: 4789, tunnel: null, packet_rows: 3n },
  ]);
});

it('counts fragments once that are seen on two interfaces', async () => {
  const on = (ifindex: number) => (packet: Buffer) =>
    Buffer.concat([hex(`0800 0000 0000000${ifindex} 0001 04 06 0200000000010000`), packet]);
  const seen = fragments(tunnelled).flatMap(packet => [on(2)(packet), on(3)(packet)]);
  const { conns, packets } = await index(seen, { linkType: 276 });
  expect(conns).toMatchObject([{ ...INNER, packet_rows: 6n, dup_packets: 3n }]);
  expect(packets.map(row => row.duplicate)).toEqual([0, 1, 0, 1, 0, 1]);
});

it('leaves out further fragments once the flow inside has ended', async () => {
  const reset = Buffer.from(segment);
  reset[13] = 0x04;
  const again = Buffer.from(segment);
  again[13] = 0x02; // another connection of the same ports
  const [first, second] = fragments(vxlan(ethernet('0800', ipv4(PODS, 6, reset))));
  const { conns } = await index([first, ipv4(PODS, 6, again), second]);
  expect(conns).toMatchObject([
    { packet_rows: 1n, history: 'R' },
    { packet_rows: 1n, history: 'S' },
  ]);
});
