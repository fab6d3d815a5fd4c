import { z } from '../schemas.ts';

/** A Pod as the index needs it. */
const PodIdentity = z.object({
  namespace: z.string(),
  name: z.string(),
  uid: z.string(),
  ips: z.array(z.string()),
  node: z.optional(z.string()),
  hostNetwork: z.boolean(),
  workloadKind: z.optional(z.string()), // Deployment, StatefulSet, DaemonSet, Job, … or Pod
  workloadName: z.optional(z.string()),
  labels: z.record(z.string(), z.string()),
  created: z.optional(z.string()), // RFC 3339
  started: z.optional(z.string()),
  deleted: z.optional(z.string()),
});

const ServiceIdentity = z.object({
  namespace: z.string(),
  name: z.string(),
  ips: z.array(z.string()), // cluster, external and load balancer addresses
  ports: z.array(z.object({ port: z.int(), protocol: z.string(), name: z.optional(z.string()) })),
  endpoints: z.array(z.object({ ip: z.string(), port: z.int() })),
});

const NodeIdentity = z.object({
  name: z.string(),
  ips: z.array(z.string()),
  labels: z.record(z.string(), z.string()),
});

/**
 * What Kubernetes knew about every address at one moment of a capture; taken at its start and at its end,
 * stored gzipped as JSON at {@link snapshotKey}.
 */
export const IdentitySnapshot = z.object({
  version: z.literal(1),
  cluster: z.string(),
  takenAt: z.string(), // RFC 3339
  pods: z.array(PodIdentity),
  services: z.array(ServiceIdentity),
  nodes: z.array(NodeIdentity),
});

export type IdentitySnapshot = z.infer<typeof IdentitySnapshot>;
export type PodIdentity = z.infer<typeof PodIdentity>;
export type ServiceIdentity = z.infer<typeof ServiceIdentity>;
export type NodeIdentity = z.infer<typeof NodeIdentity>;

/** Where the snapshot of a Capture lies, below the index prefix ("index/"). */
export function snapshotKey(prefix: string, cluster: string, captureUid: string, moment: 'start' | 'end') {
  return `${prefix}identity/cluster=${encodeURIComponent(cluster)}/capture=${captureUid}/${moment}.json.gz`;
}

/** What the key of a snapshot says; undefined for any other key. */
export function parseSnapshotKey(prefix: string, key: string) {
  if (!key.startsWith(prefix)) return undefined;
  const match = /^identity\/cluster=([^/]+)\/capture=([^/]+)\/(start|end)\.json\.gz$/.exec(
    key.slice(prefix.length),
  );
  if (!match) return undefined;
  const [, cluster, uid, moment] = match;
  return { cluster: decodeURIComponent(cluster!), uid: uid!, moment: moment as 'start' | 'end' };
}
