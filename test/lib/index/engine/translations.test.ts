import { indexCapture } from '../../../../lib/index/engine/index-capture.ts';
import { streamSource } from '../../../../lib/index/engine/source.ts';
import { pcapng, Random, type SamplePacket } from '../../pcap/mutate.ts';
import { Collector } from './collect.ts';

const LINUX_SLL2 = 276;
const POD = [10, 244, 1, 5];
const SERVICE = [10, 96, 0, 20];
const BACKEND = [10, 244, 2, 7];
const NODE = [192, 168, 0, 1];
const VETH = 12;
const ETH0 = 2;
const SYN = 0x02;
const SYN_ACK = 0x12;
const PUSH = 0x18;

interface Sighting {
  ifindex: number;
  source: number[];
  sourcePort: number;
  target: number[];
  targetPort: number;
  identification: number;
  protocol?: number;
  flags?: number;
  sequence?: number;
  payload?: string;
}

/** What `tcpdump -i any` shows of one packet on one interface. */
function sighting(seen: Sighting): SamplePacket {
  const { ifindex, source, sourcePort, target, targetPort, identification } = seen;
  const { protocol = 6, flags = 0, sequence = 0, payload = '' } = seen;
  const link = Buffer.alloc(20);
  link.writeUInt16BE(0x0800);
  link.writeUInt32BE(ifindex, 4);
  const transport = Buffer.alloc(protocol === 6 ? 20 : 8);
  transport.writeUInt16BE(sourcePort);
  transport.writeUInt16BE(targetPort, 2);
  if (protocol === 6) {
    transport.writeUInt32BE(sequence, 4);
    transport[12] = 0x50;
    transport[13] = flags;
    transport.writeUInt16BE(500, 14);
  } else transport.writeUInt16BE(8 + payload.length, 4);
  const network = Buffer.alloc(20);
  network[0] = 0x45;
  network.writeUInt16BE(20 + transport.length + payload.length, 2);
  network.writeUInt16BE(identification, 4);
  network[8] = 64;
  network[9] = protocol;
  network.set(source, 12);
  network.set(target, 16);
  return { linkType: LINUX_SLL2, bytes: Buffer.concat([link, network, transport, Buffer.from(payload)]) };
}

/** A packet between the pod and the service, before and after the node translates it. */
function translated(flags: number, sequence: number, isAnswer: boolean, payload = ''): SamplePacket[] {
  const identification = 1000 + sequence + (isAnswer ? 500 : 0);
  const common = { flags, sequence, payload, identification };
  const out = (ifindex: number, target: number[], targetPort: number) =>
    sighting({ ...common, ifindex, source: POD, sourcePort: 40000, target, targetPort });
  const back = (ifindex: number, source: number[], sourcePort: number) =>
    sighting({ ...common, ifindex, source, sourcePort, target: POD, targetPort: 40000 });
  return isAnswer
    ? [back(ETH0, BACKEND, 8080), back(VETH, SERVICE, 80)]
    : [out(VETH, SERVICE, 80), out(ETH0, BACKEND, 8080)];
}

async function conns(packets: SamplePacket[]) {
  const tables = new Collector();
  const file = pcapng(packets, new Random(1));
  const chunks = (async function* () {
    yield new Uint8Array(file);
  })();
  const { summary } = await indexCapture(streamSource('any', chunks), tables);
  return { summary, rows: tables.table('conn'), packets: tables.table('packets') };
}

// Random(1) keeps all times within a few milliseconds, and sightings of one packet within one.
const connection = [
  ...translated(SYN, 1, false),
  ...translated(SYN_ACK, 1, true),
  ...translated(PUSH, 2, false, 'GET / HTTP/1.1\r\n\r\n'),
  ...translated(PUSH, 2, true, 'HTTP/1.1 200 OK\r\n\r\n'),
];

it('joins what kube-proxy makes of one connection, and names the backend that answered', async () => {
  const { summary, rows, packets } = await conns(connection);
  expect(summary).toMatchObject({ packets: 8, flows: 1, duplicates: 4, retransmissions: 0 });
  expect(rows).toMatchObject([
    {
      id_orig_h: '10.244.1.5',
      id_resp_h: '10.96.0.20',
      id_resp_p: 80,
      translated_h: '10.244.2.7',
      translated_p: 8080,
      orig_pkts: 2n,
      resp_pkts: 2n,
      dup_packets: 4n,
      interfaces: '12,2',
    },
  ]);
  expect(packets.map(row => row.flow)).toEqual(Array(8).fill(0));
});

it('joins a connection whose originator is masqueraded', async () => {
  const masqueraded = connection.map(packet => {
    const bytes = Buffer.from(packet.bytes);
    // Beyond the node the pod's address and port are the node's.
    if (bytes.readUInt32BE(4) !== ETH0) return packet;
    const isAnswer = bytes.subarray(36, 40).equals(Buffer.from(POD));
    bytes.set(NODE, isAnswer ? 36 : 32);
    bytes.writeUInt16BE(61000, isAnswer ? 42 : 40);
    return { ...packet, bytes };
  });
  const { summary, rows } = await conns(masqueraded);
  expect(summary).toMatchObject({ flows: 1, duplicates: 4 });
  expect(rows).toMatchObject([{ id_orig_h: '10.244.1.5', translated_h: '10.244.2.7' }]);
});

it('lets a flow and its other name begin again after they ended', async () => {
  const again = connection.map(packet => {
    const bytes = Buffer.from(packet.bytes);
    bytes.writeUInt32BE(bytes.readUInt32BE(44) + 5000, 44);
    return { ...packet, bytes };
  });
  const { summary, rows } = await conns([...connection, ...again]);
  expect(summary).toMatchObject({ packets: 16, flows: 2, duplicates: 8 });
  expect(rows.map(row => row.translated_h)).toEqual(['10.244.2.7', '10.244.2.7']);
});

it('keeps apart what a resolver asks several name servers in the same words', async () => {
  const ask = (target: number[]) =>
    sighting({
      ifindex: VETH,
      source: POD,
      sourcePort: 40000,
      target,
      targetPort: 53,
      identification: 0,
      protocol: 17,
      payload: '\x12\x34\x01\0\0\x01\0\0\0\0\0\0',
    });
  const { summary, rows } = await conns([ask([10, 96, 0, 10]), ask([10, 96, 0, 11])]);
  expect(summary).toMatchObject({ flows: 2, duplicates: 0 });
  expect(rows.map(row => row.id_resp_h)).toEqual(['10.96.0.10', '10.96.0.11']);
});

it('keeps apart what several hosts ask a multicast group in the same words', async () => {
  const ask = (source: number[], ifindex: number) =>
    sighting({
      ifindex,
      source,
      sourcePort: 5353,
      target: [224, 0, 0, 251],
      targetPort: 5353,
      identification: 0,
      protocol: 17,
      payload: '\0\0\0\0\0\x01\0\0\0\0\0\0',
    });
  const { summary, rows } = await conns([ask(POD, VETH), ask(BACKEND, 13)]);
  expect(summary).toMatchObject({ flows: 2, duplicates: 0 });
  expect(rows.map(row => row.translated_h ?? null)).toEqual([null, null]);
});

it('tells no other address of a flow that was not translated, beside one that was', async () => {
  const other = sighting({
    ...{ ifindex: VETH, source: POD, sourcePort: 50000, target: NODE, targetPort: 443 },
    ...{ identification: 9000, flags: SYN },
  });
  const { rows } = await conns([...connection, other]);
  const places = rows.map(row => [row.id_resp_p, row.translated_h ?? null, row.translated_p ?? null]);
  expect(places).toEqual(
    expect.arrayContaining([
      [80, '10.244.2.7', 8080],
      [443, null, null],
    ]),
  );
  expect(places).toHaveLength(2);
});
