import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { Objects } from '../../storage/objects.ts';
import { IdentitySnapshot, snapshotKey } from '../../storage/snapshot.ts';

const inflate = promisify(gunzip);
const LARGEST = 512 * 1024 * 1024; // bytes of JSON; 10,000 pods are about 10 MB

/** The snapshots of a Capture that are there, start before end. */
export async function loadSnapshots(
  objects: Objects,
  prefix: string,
  cluster: string,
  captureUid: string,
): Promise<IdentitySnapshot[]> {
  const found: IdentitySnapshot[] = [];
  for (const moment of ['start', 'end'] as const) {
    const body = await objects.get(snapshotKey(prefix, cluster, captureUid, moment));
    if (!body) continue;
    const json = await inflate(body, { maxOutputLength: LARGEST });
    found.push(IdentitySnapshot.parse(JSON.parse(json.toString('utf8'))));
  }
  return found;
}

/** Whether an address was somebody else's, or somebody's only, in one of the snapshots. */
export function addressesChanged(snapshots: readonly IdentitySnapshot[]): boolean {
  const [first, ...others] = snapshots.map(holders);
  return others.some(other => other.size !== first!.size || [...other].some(holder => !first!.has(holder)));
}

function holders({ pods, services, nodes }: IdentitySnapshot): Set<string> {
  const holders = new Set<string>();
  for (const pod of pods) for (const ip of pod.ips) holders.add(`${ip} pod ${pod.uid}`);
  for (const { namespace, name, ips, endpoints } of services) {
    for (const ip of ips) holders.add(`${ip} service ${namespace}/${name}`);
    for (const { ip } of endpoints) holders.add(`${ip} backs ${namespace}/${name}`);
  }
  for (const node of nodes) for (const ip of node.ips) holders.add(`${ip} node ${node.name}`);
  return holders;
}
