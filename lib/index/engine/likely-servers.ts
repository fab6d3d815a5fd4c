import { TCP_SERVER, UDP_SERVER } from '../kernel/layout.ts';

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

/** Marks the ports of servers in a table of all ports. */
export function markServers(ports: Uint8Array): void {
  for (const port of TCP_PORTS) ports[port]! |= TCP_SERVER;
  for (const port of UDP_PORTS) ports[port]! |= UDP_SERVER;
}
