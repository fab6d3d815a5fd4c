import { planWorld } from '../../../local/world/plan.ts';

const dnsOf = (translation: boolean) =>
  planWorld({ namespaces: true, translation }).services.find(service => service.name === 'kube-dns');

describe('planWorld', () => {
  it('puts servers and clients on different nodes, so that their packets cross the fabric', () => {
    const { nodes, pods } = planWorld({ namespaces: true, translation: true });
    expect(nodes.map(node => node.name)).toEqual(['node-1', 'node-2']);
    const nodeOf = (workload: string) => pods.find(pod => pod.workload === workload)?.node;
    expect(nodeOf('shopper')).not.toBe(nodeOf('web'));
  });

  it('gives services addresses of their own only where addresses can be translated', () => {
    expect(dnsOf(true)?.ip).toBe('10.96.0.10');
    expect(dnsOf(false)?.ip).toBe('10.244.2.10');
  });

  it('falls back to one node whose pods are loopback addresses', () => {
    const { nodes, pods } = planWorld({ namespaces: false, translation: false });
    expect(nodes).toHaveLength(1);
    expect(pods.every(pod => pod.ip.startsWith('127.'))).toBe(true);
    expect(new Set(pods.map(pod => pod.ip)).size).toBe(pods.length);
  });
});
