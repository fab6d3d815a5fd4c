import { Resolver } from 'node:dns/promises';
import { settings } from './settings.ts';

const resolver = new Resolver({ timeout: 1000, tries: 1 });
resolver.setServers([settings.dns]);

/** A pod's search list and its option ndots:5: a name with fewer dots is tried below each domain first. */
const SEARCH = ['shop.svc.cluster.local', 'svc.cluster.local', 'cluster.local'];
const NDOTS = 5;

/** The first address of a name, as a pod's resolver finds it; throws when no candidate exists. */
export async function resolve(name: string): Promise<string> {
  const searched = SEARCH.map(domain => `${name}.${domain}`);
  const candidates = name.split('.').length - 1 < NDOTS ? [...searched, name] : [name, ...searched];
  for (const candidate of candidates) {
    const [address] = await resolver.resolve4(candidate).catch(() => []);
    if (address) return address;
  }
  throw new Error(`${name} does not resolve`);
}
