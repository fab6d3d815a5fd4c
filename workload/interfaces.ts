import { readFile } from 'node:fs/promises';
import { CaptureError } from './errors.ts';

/** What one tcpdump listens on, and the expression that leaves only the interfaces that were asked for. */
export interface Listening {
  interface: string;
  filter: string; // empty when there is none
}

/**
 * tcpdump takes one interface, or `any`. Several are captured as `any` without the others (`ifindex`, known to
 * Linux cooked v2, libpcap 1.10): one file in order of time, in which a packet that crossed several of them is
 * recognised, as it would not be in a file for each.
 *
 * @throws CaptureError for an interface that is not there
 */
export async function listenOn(interfaces: readonly string[], filter: string): Promise<Listening> {
  const [only = 'any', ...others] = interfaces;
  if (others.length === 0) return { interface: only, filter };
  if (interfaces.includes('any')) return { interface: 'any', filter };
  const indexes = await Promise.all(interfaces.map(indexOf));
  const term = indexes.map(index => `ifindex ${index}`).join(' or ');
  return { interface: 'any', filter: filter ? `(${term}) and (${filter})` : term };
}

async function indexOf(name: string): Promise<number> {
  try {
    return Number(await readFile(`/sys/class/net/${name}/ifindex`, 'utf8'));
  } catch {
    throw new CaptureError(`cannot capture on interface ${name}: No such device exists`);
  }
}
