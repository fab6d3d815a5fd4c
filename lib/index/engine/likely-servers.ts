import type { Packet } from '../../pcap/packet.ts';
import { PROTOCOL_TCP, PROTOCOL_UDP, TCP_ACK, TCP_RST, TCP_SYN } from '../../pcap/protocols.ts';

/** The ports that Zeek registers with its analysers (likely_server_ports), and those of a Kubernetes cluster. */
const TCP_PORTS = [
  ...[21, 22, 25, 53, 79, 80, 81, 88, 110, 135, 139, 143, 389, 443, 445, 465, 502, 514, 563, 585, 587, 614],
  ...[631, 636, 989, 990, 992, 993, 995, 1080, 1434, 1883, 2811, 3128, 3306, 3389, 5222, 5223, 5269, 5432],
  ...[6379, 6666, 6667, 6668, 6669, 8000, 8080, 8888, 20000],
  ...[2379, 2380, 6443, 8443, 10250], // etcd, API server, webhooks, kubelet
];
const UDP_PORTS = [
  ...[53, 67, 88, 123, 137, 161, 162, 389, 443, 514, 1812, 2123, 2152, 3389, 3544, 4011, 4754, 4789, 5060],
  ...[5072, 5353, 5355, 6081, 20000],
];

const TCP_SERVERS = bitmap(TCP_PORTS);
const UDP_SERVERS = bitmap(UDP_PORTS);

function bitmap(ports: number[]): Uint8Array {
  const set = new Uint8Array(65_536);
  for (const port of ports) set[port] = 1;
  return set;
}

/**
 * True when the sender of the first packet of a flow is its server, by Zeek's rules: it answers a SYN, or the
 * capture began in the middle of the flow and the ports leave no doubt.
 */
export function isFromServer(packet: Packet): boolean {
  if (!packet.hasTransport) return false;
  const { sourcePort, destinationPort } = packet;
  if (packet.protocol === PROTOCOL_TCP) {
    const isSyn = (packet.flags & TCP_SYN) !== 0;
    if (isSyn) return (packet.flags & (TCP_ACK | TCP_RST)) === TCP_ACK;
    if (TCP_SERVERS[sourcePort] === 0) return false;
    return TCP_SERVERS[destinationPort] === 0 || sourcePort < destinationPort;
  }
  if (packet.protocol !== PROTOCOL_UDP) return false;
  const isLikely = UDP_SERVERS[sourcePort] === 1 && UDP_SERVERS[destinationPort] === 0;
  return isLikely && !isBroadcast(packet);
}

function isBroadcast({ version, bytes, destination }: Packet): boolean {
  return version === 4 && bytes.subarray(destination, destination + 4).every(byte => byte === 255);
}
