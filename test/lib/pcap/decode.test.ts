import fc from 'fast-check';
import { decodePacket, linkDecoder, linkTypeName } from '../../../lib/pcap/decode/link.ts';
import { TUNNEL_NAMES } from '../../../lib/pcap/decode/tunnel.ts';
import { MAX_TUNNELS, Packet } from '../../../lib/pcap/packet.ts';

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');

/** UDP 10.0.0.1:4000 > 10.0.0.2:4001 with the payload "hi". */
const UDP = hex('0fa0 0fa1 000a 0000 6869');
const TCP = hex('0fa0 0fa1 00000001 00000002 5018 0400 0000 0000 6869');

function ipv4(protocol: number, payload: Buffer): Buffer {
  const header = hex('4500 0000 1234 4000 4000 0000 0a000001 0a000002');
  header.writeUInt16BE(20 + payload.length, 2);
  header[9] = protocol;
  return Buffer.concat([header, payload]);
}

function ipv6(next: number, payload: Buffer): Buffer {
  const header = Buffer.concat([
    hex('60000000 0000 0040'),
    hex('fd00'.padEnd(32, '0')),
    hex('fd01'.padEnd(32, '0')),
  ]);
  header.writeUInt16BE(payload.length, 4);
  header[6] = next;
  return Buffer.concat([header, payload]);
}

function udp(port: number, payload: Buffer): Buffer {
  const header = hex('c000 0000 0000 0000');
  header.writeUInt16BE(port, 2);
  header.writeUInt16BE(8 + payload.length, 4);
  return Buffer.concat([header, payload]);
}

const ETHERNET = hex('020000000001 020000000002');
const ethernet = (etherType: string, payload: Buffer) => Buffer.concat([ETHERNET, hex(etherType), payload]);
const inner = ipv4(17, UDP);

function decode(linkType: number, bytes: Buffer, origlen = bytes.length): Packet | undefined {
  const packet = new Packet();
  // At an odd place in a larger buffer, as records lie in a chunk.
  const chunk = new Uint8Array(bytes.length + 20);
  chunk.set(bytes, 7);
  return decodePacket(packet, linkDecoder(linkType)!, chunk, 7, bytes.length, origlen) ? packet : undefined;
}

function ports(packet: Packet | undefined): unknown {
  return packet && [packet.version, packet.protocol, packet.sourcePort, packet.destinationPort];
}

describe('link layers', () => {
  it.each([
    ['NULL', 0, Buffer.concat([hex('02000000'), inner])],
    ['LOOP', 108, Buffer.concat([hex('00000002'), inner])],
    ['EN10MB', 1, ethernet('0800', inner)],
    ['EN10MB', 1, Buffer.concat([ETHERNET, hex('0026 aaaa03 000000 0800'), inner])], // 802.3 with SNAP
    ['PPP', 9, Buffer.concat([hex('0021'), inner])],
    ['PPP', 9, Buffer.concat([hex('ff03 0021'), inner])],
    ['PPP', 9, Buffer.concat([hex('21'), inner])], // compressed protocol field
    ['PPP', 9, Buffer.concat([hex('0f00 0800'), inner])], // Cisco's framing
    ['SLIP', 8, Buffer.concat([Buffer.alloc(16), inner])],
    ['FDDI', 10, Buffer.concat([hex('50'), ETHERNET, hex('aaaa03 000000 0800'), inner])],
    ['FRELAY', 107, Buffer.concat([hex('1841 03 cc'), inner])],
    ['FRELAY', 107, Buffer.concat([hex('1841 03 00 80 000000 0800'), inner])],
    ['FRELAY', 107, Buffer.concat([hex('1841 0800'), inner])], // Cisco's encapsulation
    ['RAW', 101, inner],
    ['C_HDLC', 104, Buffer.concat([hex('0f00 0800'), inner])],
    ['LINUX_SLL', 113, Buffer.concat([hex('0000 0001 0006 0200000000010000 0800'), inner])],
    ['LINUX_SLL2', 276, Buffer.concat([hex('0800 0000 00000003 0001 04 06 0200000000010000'), inner])],
    ['IPV4', 228, inner],
    ['NFLOG', 239, Buffer.concat([hex('0200 0000 0800 0100 08000000 2200 0900'), inner])],
    [
      'IEEE802_11',
      105,
      Buffer.concat([hex('0801 0000'), Buffer.alloc(20), hex('aaaa03 000000 0800'), inner]),
    ],
    [
      'IEEE802_11_RADIO',
      127,
      Buffer.concat([
        hex('0000 0800 00000000 8801 0000'),
        Buffer.alloc(22),
        hex('aaaa03 000000 0800'),
        inner,
      ]),
    ],
    ['PPI', 192, Buffer.concat([hex('0000 0800 01000000'), ethernet('0800', inner)])],
  ])('%s', (name, linkType, bytes) => {
    expect(linkTypeName(linkType)).toBe(name);
    expect(ports(decode(linkType, bytes))).toEqual([4, 17, 4000, 4001]);
  });

  it('keeps the interface and direction of SLL2', () => {
    const packet = decode(276, Buffer.concat([hex('0800 0000 00000003 0001 04 06 0200000000010000'), inner]));
    expect(packet).toMatchObject({ ifindex: 3, packetType: 4 });
  });

  it.each([
    ['ARP', ethernet('0806', Buffer.alloc(28))],
    ['LLDP', ethernet('88cc', Buffer.alloc(30))],
    ['a header that is cut', ETHERNET],
    ['NSH of an impossible length', ethernet('894f', Buffer.concat([hex('0fc1 0201 00004500'), inner]))],
    [
      'ERSPAN of an unknown version',
      ethernet('88be', Buffer.concat([Buffer.alloc(8), ethernet('0800', inner)])),
    ],
    ['NSH that is cut', ethernet('894f', hex('0fc2 0201 0000'))],
    ['NSH with another protocol', ethernet('894f', Buffer.concat([hex('0fc2 02fe 00004500'), inner]))],
    ['nothing', Buffer.alloc(0)],
  ])('has no IP packet in %s', (_name, bytes) => {
    expect(decode(1, bytes)).toBeUndefined();
  });
});

describe('what an EtherType leads to', () => {
  it.each([
    ['802.1Q', hex('8100 0064 0800'), { vlan: 100, innerVlan: -1 }],
    ['802.1ad', hex('88a8 0064 8100 00c8 0800'), { vlan: 100, innerVlan: 200 }],
    ['VN-tag', hex('8926 80010000 0800'), { vlan: -1 }],
    ['MPLS', hex('8847 00064040 000c8140'), { vlan: -1 }],
    ['PPPoE', hex('8864 1100 0001 0020 0021'), { vlan: -1 }],
    ['FabricPath', hex('8903 0041 020000000003 020000000004 8100 0064 0800'), { vlan: 100 }],
    ['NSH with a fixed context', hex('894f 0fc6 0101 00004500'.concat('00'.repeat(16))), { vlan: -1 }],
    ['NSH in NSH', hex('894f 0fc2 0204 00004500 0fc2 0201 00004600'), { vlan: -1 }],
    ['ERSPAN', hex('88be 10000005 00000000 020000000003 020000000004 0800'), { tunnelDepth: 0 }],
    ['PBB', hex('88e7 00000042 020000000003 020000000004 0800'), { vlan: -1 }],
  ])('%s', (_name, between, expected) => {
    const packet = decode(1, Buffer.concat([ETHERNET, between, inner]));
    expect(ports(packet)).toEqual([4, 17, 4000, 4001]);
    expect(packet).toMatchObject(expected);
  });
});

describe('IP', () => {
  it('measures payload by the header, not by the padding of the link', () => {
    const packet = decode(1, Buffer.concat([ethernet('0800', inner), Buffer.alloc(20)]));
    expect(packet).toMatchObject({ ipLength: 30, payloadLength: 2 });
    expect(packet!.end - packet!.payload).toBe(2);
  });

  it('tells how much of the payload was cut', () => {
    const whole = ethernet('0800', ipv4(6, Buffer.concat([TCP, Buffer.alloc(1000)])));
    const packet = decode(1, whole.subarray(0, 60), whole.length);
    expect(packet).toMatchObject({ payloadLength: 1002, sequence: 1, acknowledgement: 2, flags: 0x18 });
    expect(packet!.end - packet!.payload).toBe(6);
  });

  it('takes a length of zero for that of the frame, as segmentation offload leaves it', () => {
    const bytes = ethernet('0800', ipv4(6, TCP));
    bytes.writeUInt16BE(0, 16);
    expect(decode(1, bytes)).toMatchObject({ payloadLength: 2, ipLength: 42 });
  });

  it('takes an IPv6 length of zero for that of the frame, but not for padding', () => {
    const header = ipv6(6, TCP);
    header.writeUInt16BE(0, 4);
    expect(decode(1, ethernet('86dd', header))).toMatchObject({ payloadLength: 2, ipLength: 62 });
    const alone = ethernet('86dd', ipv6(59, Buffer.alloc(0)));
    expect(decode(1, Buffer.concat([alone, Buffer.alloc(6)]))).toMatchObject({
      payloadLength: 0,
      ipLength: 40,
    });
  });

  it.each([
    ['hop-by-hop options', 0, hex('1100 0502 0000 0000')],
    ['routing', 43, hex('1102 0001 00000000'), Buffer.alloc(16)],
    ['destination options', 60, hex('1100 0104 00000000')],
    ['authentication', 51, hex('1104 0000 00000001 00000001'), Buffer.alloc(12)],
    ['an atomic fragment', 44, hex('1100 0000 00000001')],
  ])('passes over %s of IPv6', (_name, next, ...header) => {
    const packet = decode(229, ipv6(next as number, Buffer.concat([...(header as Buffer[]), UDP])));
    expect(ports(packet)).toEqual([6, 17, 4000, 4001]);
    expect(packet).toMatchObject({ fragment: -1, payloadLength: 2 });
  });

  it('knows fragments of both versions', () => {
    const bytes = ipv4(17, UDP);
    bytes.writeUInt16BE(0x2000 | 5, 6);
    expect(decode(228, bytes)).toMatchObject({ fragment: 40, moreFragments: true, hasTransport: false });
    const six = ipv6(44, Buffer.concat([hex('1100 0029 00001234'), UDP]));
    expect(decode(229, six)).toMatchObject({ fragment: 40, moreFragments: true, identification: 0x1234 });
  });

  it('ends at headers that are nonsense', () => {
    const short = Buffer.from(inner);
    short[0] = 0x44;
    expect(decode(228, short)).toBeUndefined();
    const loops = Buffer.concat(Array(60).fill(hex('3c00 0000 00000000')));
    expect(decode(229, ipv6(60, loops))).toMatchObject({ hasTransport: false });
  });
});

describe('tunnels', () => {
  const wraps: Record<string, { outer: (packet: Buffer) => Buffer; kind: string; id?: number }> = {
    'IP in IP': { kind: 'ipip', outer: packet => ipv4(4, packet) },
    '4in6': { kind: 'ipip', outer: packet => ipv6(4, packet) },
    GRE: { kind: 'gre', outer: packet => ipv4(47, Buffer.concat([hex('0000 0800'), packet])) },
    'GRE with key': {
      kind: 'gre',
      id: 7,
      outer: packet => ipv4(47, Buffer.concat([hex('2000 0800 00000007'), packet])),
    },
    'ERSPAN II': {
      kind: 'erspan',
      id: 5,
      outer: packet =>
        ipv4(47, Buffer.concat([hex('1000 88be 00000001 10000005 00000000'), ethernet('0800', packet)])),
    },
    VXLAN: {
      kind: 'vxlan',
      id: 42,
      outer: packet =>
        ipv4(17, udp(4789, Buffer.concat([hex('08000000 00002a00'), ethernet('0800', packet)]))),
    },
    'VXLAN of flannel': {
      kind: 'vxlan',
      id: 1,
      outer: packet =>
        ipv4(17, udp(8472, Buffer.concat([hex('08000000 00000100'), ethernet('0800', packet)]))),
    },
    'VXLAN-GPE': {
      kind: 'vxlan',
      id: 42,
      outer: packet => ipv4(17, udp(4790, Buffer.concat([hex('0c000001 00002a00'), packet]))),
    },
    'VXLAN-GPE whose sender forgot the bit that announces a protocol': {
      kind: 'vxlan',
      id: 42,
      outer: packet => ipv4(17, udp(4790, Buffer.concat([hex('08000001 00002a00'), packet]))),
    },
    'NSH in VXLAN-GPE': {
      kind: 'vxlan',
      id: 42,
      outer: packet =>
        ipv4(
          17,
          udp(4790, Buffer.concat([hex('0c000004 00002a00 0fc2 0203 00004500'), ethernet('0800', packet)])),
        ),
    },
    'GRE in UDP': {
      kind: 'gre',
      outer: packet => ipv4(17, udp(4754, Buffer.concat([hex('0000 0800'), packet]))),
    },
    "Aruba's GRE": {
      kind: 'gre',
      outer: packet =>
        ipv4(
          47,
          Buffer.concat([hex('0000 8200 0801 0000'), Buffer.alloc(20), hex('aaaa03 000000 0800'), packet]),
        ),
    },
    Geneve: {
      kind: 'geneve',
      id: 9,
      outer: packet =>
        ipv4(17, udp(6081, Buffer.concat([hex('0100 6558 00000900 aabbccdd'), ethernet('0800', packet)]))),
    },
    'GTP-U': {
      kind: 'gtp',
      id: 0x1234,
      outer: packet => ipv4(17, udp(2152, Buffer.concat([hex('30ff 0000 00001234'), packet]))),
    },
  };

  it.each(Object.entries(wraps))(
    '%s shows the inner flow and keeps the outer',
    (_name, { outer, kind, id }) => {
      const packet = decode(12, outer(inner));
      expect(ports(packet)).toEqual([4, 17, 4000, 4001]);
      expect(packet).toMatchObject({ tunnelDepth: 1, payloadLength: 2 });
      expect(TUNNEL_NAMES[packet!.tunnelKind[0]!]).toBe(kind);
      expect(packet!.tunnelId[0]).toBe(id ?? 0);
    },
  );

  const frame = (control: string) =>
    Buffer.concat([hex(control), Buffer.alloc(22), hex('aaaa03 000000 0800'), inner]);

  it.each([
    ['AYIYA, signed', 5072, Buffer.concat([hex('44520129 00000000'), Buffer.alloc(16 + 20), inner]), 'ayiya'],
    ['AYIYA', 5072, Buffer.concat([hex('01000104 00000000 00'), inner]), 'ayiya'],
    ['CAPWAP with a radio frame', 5247, Buffer.concat([hex('00100300 00000000'), frame('0801')]), 'capwap'],
    [
      'CAPWAP of Cisco',
      5247,
      Buffer.concat([hex('00200320 00000000 0104000000000000'), frame('0108')]),
      'capwap',
    ],
    [
      'CAPWAP with Ethernet',
      5247,
      Buffer.concat([hex('00100000 00000000'), ethernet('0800', inner)]),
      'capwap',
    ],
  ])('shows what %s carries, whoever of both sends it', (_name, port, payload, kind) => {
    const there = udp(port, payload);
    const back = Buffer.from(there);
    back.writeUInt16BE(port, 0);
    back.writeUInt16BE(0xc000, 2);
    for (const datagram of [there, back]) {
      const packet = decode(12, ipv4(17, datagram));
      expect(ports(packet)).toEqual([4, 17, 4000, 4001]);
      expect(packet).toMatchObject({ tunnelDepth: 1, payloadLength: 2 });
      expect(TUNNEL_NAMES[packet!.tunnelKind[0]!]).toBe(kind);
    }
  });

  it.each([
    ['a heartbeat of AYIYA', 5072, Buffer.concat([hex('44520029 00000000'), Buffer.alloc(36), inner])],
    ['AYIYA with nothing inside', 5072, Buffer.concat([hex('4452013b 00000000'), Buffer.alloc(36)])],
    ['AYIYA that is cut', 5072, hex('445201')],
    ['CAPWAP in DTLS', 5247, Buffer.concat([hex('01000000'), inner])],
    ['CAPWAP in fragments', 5247, Buffer.concat([hex('00100080 00010000'), ethernet('0800', inner)])],
    ['CAPWAP that keeps alive', 5247, hex('00100008 00000000 00000000')],
    ['a management frame in CAPWAP', 5247, Buffer.concat([hex('00100300 00000000'), frame('4000')])],
    ['a header length of CAPWAP that cannot be', 5247, Buffer.concat([hex('00080000 00000000'), inner])],
    ['CAPWAP that is cut', 5247, hex('00f80300 00000000')],
  ])('leaves %s to the outer flow', (_name, port, payload) => {
    const packet = decode(12, ipv4(17, udp(port, payload)));
    expect(ports(packet)).toEqual([4, 17, 0xc000, port]);
    expect(packet).toMatchObject({ tunnelDepth: 0, payloadLength: payload.length });
  });

  it('shows Teredo', () => {
    const packet = decode(12, ipv4(17, udp(3544, ipv6(17, UDP))));
    expect(ports(packet)).toEqual([6, 17, 4000, 4001]);
    expect(TUNNEL_NAMES[packet!.tunnelKind[0]!]).toBe('teredo');
  });

  it.each([
    ['a Teredo address', '20010000', 6],
    ['another address', 'fd000000', 4],
  ])('looks for an IPv6 packet with %s at any UDP port', (_name, prefix, version) => {
    const packet = ipv6(17, UDP);
    packet.write(prefix, 8, 'hex');
    expect(decode(12, ipv4(17, udp(40000, packet)))).toMatchObject({ version });
  });

  it('takes an authentication header for the protocol of the flow, as other tools do', () => {
    const packet = decode(
      228,
      ipv4(51, Buffer.concat([hex('1104 0000 00000001 00000001'), Buffer.alloc(12), UDP])),
    );
    expect(ports(packet)).toEqual([4, 51, 0, 0]);
  });

  it('comes back to the outer packet when there is none inside', () => {
    const packet = decode(
      12,
      ipv4(17, udp(4789, Buffer.concat([hex('08000000 00002a00'), ethernet('0806', inner)]))),
    );
    expect(ports(packet)).toEqual([4, 17, 0xc000, 4789]);
    expect(packet).toMatchObject({
      tunnelDepth: 0,
      hasTransport: true,
      payloadLength: 8 + 14 + inner.length,
    });
  });

  it('finds the flow below any pile of tunnels, up to a bound', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...Object.values(wraps)), { maxLength: 12 }), layers => {
        const bytes = layers.reduceRight(
          (packet, { outer }) => outer(packet[0]! >> 4 === 6 ? ipv4(41, packet) : packet),
          inner,
        );
        const packet = decode(12, bytes);
        expect(packet).toBeDefined();
        if (packet!.tunnelDepth < Math.min(MAX_TUNNELS, layers.length)) return;
        expect(packet!.tunnelDepth).toBeLessThanOrEqual(MAX_TUNNELS);
        if (layers.length < 4) expect(ports(packet)).toEqual([4, 17, 4000, 4001]);
      }),
    );
  });
});
