/** What the world consists of: two nodes, a few pods that talk to each other, some of it broken on purpose. */

export interface WorldNode {
  name: string;
  ip: string;
  podGateway: string; // of its pods' bridge, a /24
}

export interface WorldPod {
  namespace: string;
  workload: string; // the Deployment
  name: string;
  node: string;
  ip: string;
  program: string; // in programs/
  labels: Record<string, string>;
}

export interface WorldService {
  namespace: string;
  name: string;
  ip: string;
  workload: string; // whose pods answer
  ports: { name: string; protocol: 'TCP' | 'UDP'; port: number; targetPort: number }[];
}

export interface WorldPlan {
  namespaces: { name: string; labels: Record<string, string> }[];
  nodes: WorldNode[];
  pods: WorldPod[];
  services: WorldService[];
}

/** Addresses of the machine's end of the fabric: from here nodes reach the cloud side. */
export const HOST_IP = '10.77.0.1';

const HASH = '5d9c7b6f48';
const NODES: WorldNode[] = [
  { name: 'node-1', ip: '10.77.0.11', podGateway: '10.244.1.1' },
  { name: 'node-2', ip: '10.77.0.12', podGateway: '10.244.2.1' },
];
/** Where network namespaces are not permitted: one node, whose pods are further loopback addresses. */
const LOOPBACK_NODE: WorldNode = { name: 'node-1', ip: '127.0.0.1', podGateway: '127.0.0.1' };

/** What the machine permits. */
export interface Surroundings {
  namespaces: boolean; // network namespaces: two nodes with networks of their own, else one on loopback
  translation: boolean; // service addresses; without it a service's name gives its pod's own address
}

export function planWorld({ namespaces, translation }: Surroundings): WorldPlan {
  const place = (node: 1 | 2, host: number) =>
    namespaces
      ? { node: `node-${node}`, ip: `10.244.${node}.${host}` }
      : { node: LOOPBACK_NODE.name, ip: `127.0.${node}.${host}` };
  const pod = (
    namespace: string,
    workload: string,
    suffix: string,
    at: { node: string; ip: string },
  ): WorldPod => ({
    namespace,
    workload,
    name: `${workload}-${HASH}-${suffix}`,
    program: `${workload}.ts`,
    labels: { app: workload, 'pod-template-hash': HASH },
    ...at,
  });
  const serviceAt = (ip: string, workload: string) =>
    translation ? ip : (pods.find(p => p.workload === workload)?.ip ?? ip);
  const pods = [
    pod('kube-system', 'coredns', 'x7k2p', place(2, 10)),
    pod('shop', 'web', 'h4m8q', place(2, 11)),
    pod('shop', 'pay', 'z9c3t', place(2, 12)),
    pod('shop', 'shopper', 'b6n5w', place(1, 11)),
    pod('shop', 'worker', 'r2j8d', place(1, 12)),
  ];
  return {
    namespaces: [
      { name: 'shop', labels: { app: 'target-app' } },
      { name: 'kube-system', labels: {} },
    ],
    nodes: namespaces ? NODES : [LOOPBACK_NODE],
    pods,
    services: [
      {
        namespace: 'kube-system',
        name: 'kube-dns',
        ip: serviceAt('10.96.0.10', 'coredns'),
        workload: 'coredns',
        ports: [{ name: 'dns', protocol: 'UDP', port: 53, targetPort: 53 }],
      },
      {
        namespace: 'shop',
        name: 'web',
        ip: serviceAt('10.96.0.21', 'web'),
        workload: 'web',
        ports: [
          { name: 'http', protocol: 'TCP', port: 80, targetPort: 80 },
          { name: 'legacy', protocol: 'TCP', port: 8081, targetPort: 8081 }, // resets every connection
          { name: 'admin', protocol: 'TCP', port: 9999, targetPort: 9999 }, // nothing listens
        ],
      },
      {
        namespace: 'shop',
        name: 'pay',
        ip: serviceAt('10.96.0.22', 'pay'),
        workload: 'pay',
        ports: [{ name: 'https', protocol: 'TCP', port: 443, targetPort: 443 }],
      },
    ],
  };
}
