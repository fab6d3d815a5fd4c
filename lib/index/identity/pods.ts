import type { IdentitySnapshot, PodIdentity } from '../../storage/snapshot.ts';
import type { Identity } from './identity.ts';
import { nanoseconds } from './time.ts';

/** A pod's time with an address: from `from` up to, not including, `to`, in nanoseconds since the epoch. */
interface Tenancy {
  started: bigint; // orders the tenants; those that the first snapshot saw have had the address all along
  from: bigint;
  to: bigint;
  identity: Identity;
}

interface Sight {
  pod: PodIdentity;
  first: number; // number of the first and the last snapshot that shows it
  last: number;
}

const ALWAYS = -(2n ** 63n);
const FOREVER = 2n ** 63n - 1n;

/** Which pod had an address when: an address that passes from one pod to another belongs to each for its time. */
export class PodTimeline {
  readonly #tenants = new Map<string, Tenancy[]>();

  /** `snapshots` in order of time. Pods of the host network are left out, since their address is the node's. */
  constructor(snapshots: readonly IdentitySnapshot[]) {
    const times = snapshots.map(snapshot => nanoseconds(snapshot.takenAt) ?? ALWAYS);
    for (const sight of sightings(snapshots)) {
      const tenancy = tenancyOf(sight, times);
      for (const ip of sight.pod.ips) {
        const tenants = this.#tenants.get(ip) ?? [];
        tenants.push({ ...tenancy });
        this.#tenants.set(ip, tenants);
      }
    }
    for (const tenants of this.#tenants.values()) {
      tenants.sort((a, b) => (a.started < b.started ? -1 : 1));
      tenants.forEach((tenant, i) => {
        const next = tenants[i + 1];
        if (next && next.from < tenant.to) tenant.to = next.from;
      });
    }
  }

  at(ip: string, time: bigint): Identity | undefined {
    const tenants = this.#tenants.get(ip) ?? [];
    return tenants.findLast(tenant => time >= tenant.from && time < tenant.to)?.identity;
  }

  /** False where the answer for an address is the same at any time. */
  varies(ip: string): boolean {
    const tenants = this.#tenants.get(ip) ?? [];
    return tenants.some(tenant => tenant.from !== ALWAYS || tenant.to !== FOREVER);
  }
}

function sightings(snapshots: readonly IdentitySnapshot[]): Iterable<Sight> {
  const pods = new Map<string, Sight>();
  snapshots.forEach((snapshot, number) => {
    for (const pod of snapshot.pods) {
      if (pod.hostNetwork) continue;
      const known = pods.get(pod.uid);
      // The later sight knows more: the address, the start, the end.
      const ips = [...new Set([...(known?.pod.ips ?? []), ...pod.ips])];
      pods.set(pod.uid, { pod: { ...known?.pod, ...pod, ips }, first: known?.first ?? number, last: number });
    }
  });
  return pods.values();
}

function tenancyOf({ pod, first, last }: Sight, times: bigint[]): Tenancy {
  const started = nanoseconds(pod.started ?? pod.created);
  const here = first === 0 && (started === undefined || started <= times[0]!); // when the capture began
  return {
    started: started ?? ALWAYS,
    from: here || started === undefined ? ALWAYS : started,
    to: nanoseconds(pod.deleted) ?? times[last + 1] ?? FOREVER,
    identity: {
      source: 'snapshot',
      namespace: pod.namespace,
      podName: pod.name,
      labels: JSON.stringify(pod.labels),
      ...(pod.workloadKind !== undefined && { workloadKind: pod.workloadKind }),
      ...(pod.workloadName !== undefined && { workloadName: pod.workloadName }),
      ...(pod.node !== undefined && { nodeName: pod.node }),
    },
  };
}
