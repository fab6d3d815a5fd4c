import type { Client } from '../../lib/kubernetes/client.ts';
import { takeMachine } from './machine-lock.ts';
import { bringUp, nodeNamespace, probe, tearDown } from './network.ts';
import { registerWorld } from './objects.ts';
import { HOST_IP, planWorld } from './plan.ts';
import { endLeftovers, startPrograms } from './programs.ts';

/** A small cluster worth capturing: nodes and pods with networks and processes of their own. */
export interface World {
  nodes: { name: string; address: string; netns?: string }[]; // without netns: this machine's own network
  hostIp: string; // an address of this machine that the nodes reach
  summary: string;
  /** Registers the nodes and pods with the cluster and starts the pods' programs. */
  populate(client: Client): Promise<void>;
  close(): void;
}

/** Brings up the world's network; nothing talks in it before `populate`. */
export async function startWorld(): Promise<World> {
  const machine = await takeMachine();
  const surroundings = probe();
  const { namespaces, translation } = surroundings;
  const plan = planWorld(surroundings);
  if (namespaces) bringUp(plan, surroundings);
  let stopPrograms = () => {};
  const size = `${plan.nodes.length} nodes, ${plan.pods.length} pods`;
  return {
    nodes: plan.nodes.map(node => ({
      name: node.name,
      address: node.ip,
      ...(namespaces && { netns: nodeNamespace(node) }),
    })),
    hostIp: namespaces ? HOST_IP : '127.0.0.1',
    summary: namespaces
      ? `${size} as network namespaces${translation ? '' : ', services without addresses of their own (no nft)'}`
      : `1 node on loopback, ${plan.pods.length} pods: network namespaces are not permitted here`,
    async populate(client) {
      await registerWorld(client, plan);
      if (namespaces) endLeftovers(plan);
      stopPrograms = startPrograms(plan, namespaces).stop;
    },
    close() {
      stopPrograms();
      if (namespaces) tearDown();
      machine.release();
    },
  };
}
