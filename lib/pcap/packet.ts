/**
 * What the decoders found in one packet. One instance is filled again and again; positions are indexes into
 * `bytes`. With a tunnel, everything but the `tunnel*` fields tells of the innermost packet.
 */
export class Packet {
  bytes: Uint8Array = new Uint8Array(0);
  /** Time on the clock of the capture, and offset of the record in its file: fields, as arguments are boxed. */
  time = Number.NaN;
  offset = Number.NaN;
  /** Bytes captured, and on the wire. */
  caplen = 0;
  origlen = 0;
  /** Where the captured bytes end, and where the packet would end had it been captured whole. */
  end = 0;
  wireEnd = 0;

  vlan = -1;
  innerVlan = -1;
  /** Kernel's index of the interface (SLL2), -1 when it is not told (SLL), else 0. */
  ifindex = 0;
  /** Of SLL and SLL2, else 0: 4 for a packet that the host sent. */
  packetType = 0;
  /** Interface of the file, interface of the host and packet type as one: where the packet was seen. */
  place = 0;

  /** 4 or 6, or 0 when the packet is not IP. */
  version = 0;
  network = 0;
  source = 0;
  destination = 0;
  /** Header and payload together as the IP header tells it. */
  ipLength = 0;
  identification = 0;
  ttl = 0;
  protocol = 0;
  /** Bytes before this fragment, or -1 when the packet is not fragmented. */
  fragment = -1;
  moreFragments = false;

  /** Start of the transport header. */
  transport = 0;
  /** False when no transport header was found: cut off, a later fragment, or a protocol without one. */
  hasTransport = false;
  sourcePort = 0;
  destinationPort = 0;
  payload = 0;
  /** Length of the payload on the wire; what was captured of it ends at `end`. */
  payloadLength = 0;
  sequence = 0;
  acknowledgement = 0;
  flags = 0;
  window = 0;

  /** Encapsulations around the innermost packet: kind, position of the outer IP header or -1, identifier. */
  tunnelDepth = 0;
  readonly tunnelKind = new Int32Array(MAX_TUNNELS);
  readonly tunnelNetwork = new Int32Array(MAX_TUNNELS);
  readonly tunnelId = new Int32Array(MAX_TUNNELS);
  /** Layers that were entered, of any kind: bounds the work on one packet. */
  layers = 0;
  /** Set to take the outermost IP packet as the flow. */
  outerOnly = false;
}

export const MAX_TUNNELS = 8;
export const MAX_LAYERS = 32;
