import { PACKET_AT } from '../layout';

/** What `Packet` of lib/pcap is to the decoders, at the place and in the order that layout.ts tells. */
@unmanaged
export class Packet {
  /** On the clock of the capture. */
  time: f64;
  /** Of the record, in its file. */
  offset: f64;
  /** Bytes captured, and on the wire. */
  caplen: i32;
  origlen: i32;
  /** Where the captured bytes end. */
  end: i32;
  /** Interface of the file, interface of the host and packet type as one; that of the host alone. */
  place: i32;
  ifindex: i32;
  version: i32;
  /** Whether it goes to all hosts of the network. */
  isBroadcast: i32;
  hasTransport: i32;
  ipLength: i32;
  identification: i32;
  ttl: i32;
  protocol: i32;
  /** Of the source in the upper half. */
  ports: i32;
  payload: i32;
  /** On the wire. */
  payloadLength: i32;
  sequence: i32;
  acknowledgement: i32;
  flags: i32;
  window: i32;
  /** What its flow is found by: IP version << 8 | protocol, and both addresses, of IPv4 in the first word only. */
  kind: i32;
  source0: i32;
  source1: i32;
  source2: i32;
  source3: i32;
  destination0: i32;
  destination1: i32;
  destination2: i32;
  destination3: i32;
}

export const packet = changetype<Packet>(PACKET_AT);
