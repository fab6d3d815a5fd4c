import type { IdentitySnapshot, ServiceIdentity } from '../../storage/snapshot.ts';
import { type Identity, UNKNOWN } from './identity.ts';
import { PodTimeline } from './pods.ts';
import { nanoseconds } from './time.ts';

/**
 * What the addresses of a cluster were during a capture, from the snapshots taken at its start and its end.
 * Addresses are texts as in `conn`.
 */
export class ClusterIdentity {
  readonly #pods: PodTimeline;
  readonly #services = new Map<string, ServiceIdentity[]>();
  readonly #nodes = new Map<string, Identity>();

  constructor(snapshots: readonly IdentitySnapshot[]) {
    const ordered = [...snapshots].sort((a, b) =>
      (nanoseconds(a.takenAt) ?? 0n) < (nanoseconds(b.takenAt) ?? 0n) ? -1 : 1,
    );
    this.#pods = new PodTimeline(ordered);
    for (const snapshot of ordered) {
      for (const node of snapshot.nodes) {
        const identity: Identity = {
          source: 'snapshot',
          nodeName: node.name,
          labels: JSON.stringify(node.labels),
        };
        for (const ip of node.ips) this.#nodes.set(ip, identity);
      }
      for (const service of snapshot.services) this.#addService(service);
    }
  }

  /** A service seen twice is joined: its endpoints are those of both moments. */
  #addService(service: ServiceIdentity): void {
    for (const ip of service.ips) {
      const others = this.#services.get(ip) ?? [];
      const known = others.find(
        other => other.namespace === service.namespace && other.name === service.name,
      );
      if (known) known.endpoints.push(...service.endpoints);
      else others.push({ ...service, endpoints: [...service.endpoints] });
      this.#services.set(ip, others);
    }
  }

  /**
   * What an end of a flow was at `time` (nanoseconds since the epoch). `translated` is the address behind or in front
   * of address translation: a service and the backend that answered for it become one identity.
   */
  resolve(ip: string, port: number, time: bigint, translated?: string, translatedPort?: number): Identity {
    const service = this.#service(ip, port);
    if (service) return this.#backend(service, translated, time);
    const pod = this.#pods.at(ip, time);
    const front = translated === undefined ? undefined : this.#service(translated, translatedPort ?? 0);
    if (pod) return front ? { ...pod, service: front.name } : pod;
    return this.#nodes.get(ip) ?? UNKNOWN;
  }

  /** Whether an address needs to be looked up for each time and port anew. */
  varies(ip: string): boolean {
    return this.#services.has(ip) || this.#pods.varies(ip);
  }

  #service(ip: string, port: number): ServiceIdentity | undefined {
    const services = this.#services.get(ip);
    if (!services || services.length === 1) return services?.[0];
    // A load balancer's or node's address can belong to several services, each with its own ports.
    return services.find(service => service.ports.some(candidate => candidate.port === port)) ?? services[0];
  }

  #backend(service: ServiceIdentity, translated: string | undefined, time: bigint): Identity {
    const addresses = new Set(service.endpoints.map(endpoint => endpoint.ip));
    // Without a sight of the translation only a single backend is certain.
    const backend = translated ?? (addresses.size === 1 ? [...addresses][0] : undefined);
    const pod = backend === undefined ? undefined : this.#pods.at(backend, time);
    const node = backend === undefined ? undefined : this.#nodes.get(backend);
    return {
      source: 'snapshot',
      ...(pod ?? node),
      namespace: pod?.namespace ?? service.namespace,
      service: service.name,
    };
  }
}
