import { isIPv6 } from 'node:net';
import { type Address, parseAddress } from './addresses.ts';
import type { CaptureOption } from './resource.ts';

const ANY = '';

/** The ports of each address, ANY standing for any address; `null` is any port. */
type Group = Map<string, { address: Address | undefined; ports: Set<number> | null }>;

/**
 * The filter for `filters.include` and `filters.exclude`: an address, a network, a port, address:port,
 * [IPv6]:port or *:port each. Empty when nothing is filtered. Throws on an entry that is none of these.
 */
export function includeExcludeFilter(include: string[] = [], exclude: string[] = []): string {
  const kept = renderGroup(parseGroup(include, 'include'));
  const excluded = parseGroup(exclude, 'exclude');
  if (excluded.get(ANY)?.ports === null) throw new Error('filters.exclude: "*" would exclude every packet');
  const left = renderGroup(excluded);
  return joinAnd(kept, left && `not ${left}`);
}

/** The filter for the addresses of the pods on one node, joined with what was included and excluded. */
export function systemFilter(podIPs: string[], includeExclude: string): string {
  const pods = podIPs.length === 0 ? '' : `(${podIPs.map(ip => `host ${ip}`).join(' or ')})`;
  return joinAnd(includeExclude, pods);
}

/** The filter for pcapFilter, sourceIPs and destinationIPs together; a packet must match all that are set. */
export function userFilter(option: CaptureOption): string {
  const source = directional('src', 'sourceIPs', option.sourceIPs);
  const destination = directional('dst', 'destinationIPs', option.destinationIPs);
  const addresses = source && destination ? `(${source}) and (${destination})` : source || destination;
  const pcap = option.pcapFilter?.trim() ?? '';
  return pcap && addresses ? `(${pcap}) and (${addresses})` : pcap || addresses;
}

function directional(direction: 'src' | 'dst', field: string, addresses: string[] = []) {
  return addresses
    .map(text => {
      const address = parseAddress(text);
      if (!address) throw new Error(`${field}: ${JSON.stringify(text)} is not a valid IP address or network`);
      return `${direction} ${primitive(address)}`;
    })
    .join(' or ');
}

function parseGroup(entries: string[], field: string): Group {
  const group: Group = new Map();
  for (const raw of entries) {
    if (raw === '') continue;
    const { address, port } = parseEntry(raw, field);
    const key = address?.text ?? ANY;
    const known = group.get(key) ?? { address, ports: new Set<number>() };
    if (port === undefined) known.ports = null;
    else known.ports?.add(port);
    group.set(key, known);
  }
  return withoutRepetition(group);
}

/** A port of any address makes the same port of one address redundant. */
function withoutRepetition(group: Group): Group {
  const anywhere = group.get(ANY)?.ports;
  if (!anywhere) return group;
  for (const [key, { ports }] of group) {
    if (key === ANY || ports === null) continue;
    for (const port of anywhere) ports.delete(port);
    if (ports.size === 0) group.delete(key);
  }
  return group;
}

function parseEntry(raw: string, field: string): { address?: Address; port?: number } {
  const invalid = () =>
    new Error(
      `invalid filter ${raw} in filters.${field}: write an IP address, a network, a port, ADDRESS:PORT, [IPv6]:PORT or *:PORT`,
    );
  const split = splitEntry(raw);
  if (!split) throw invalid();
  const [host, port] = split;
  const address = host === '*' || host === '' ? undefined : parseAddress(host);
  if (!address && host !== '*' && host !== '') throw invalid();
  if (port === '*' || port === '') return { ...(address && { address }) };
  if (!/^\d+$/.test(port) || Number(port) > 65535) throw invalid();
  return { ...(address && { address }), port: Number(port) };
}

/** [address, port] of an entry; an empty part means any. */
function splitEntry(raw: string): [string, string] | undefined {
  const bracketed = /^\[([^\]]+)\](?::(.*))?$/.exec(raw);
  if (bracketed) return [bracketed[1] ?? '', bracketed[2] ?? ''];
  if (isIPv6(raw.split('/')[0] ?? '') && parseAddress(raw)) return [raw, ''];
  const parts = raw.split(':');
  if (parts.length > 2) return undefined;
  if (parts.length === 2) return [parts[0] ?? '', parts[1] ?? ''];
  return raw === '*' || raw.includes('.') ? [raw, ''] : ['', raw];
}

function renderGroup(group: Group): string {
  if (group.get(ANY)?.ports === null) return '';
  const keys = [...group.keys()].sort();
  const items = keys.flatMap(key => {
    const { address, ports } = group.get(key) ?? { address: undefined, ports: null };
    const host = address && primitive(address);
    if (ports === null) return [`(${host})`];
    return [...ports]
      .map(String)
      .sort()
      .map(port => (host ? `(${host} and port ${port})` : `(port ${port})`));
  });
  return items.length === 0 ? '' : `(${items.join(' or ')})`;
}

const primitive = ({ text, network }: Address) => `${network ? 'net' : 'host'} ${text}`;

function joinAnd(...parts: string[]) {
  return parts.filter(part => part !== '').join(' and ');
}
