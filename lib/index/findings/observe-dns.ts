import { indexTexts } from '../indexed-texts.ts';
import type { Batch } from '../table.ts';
import type { Resolver, Resolvers } from './resolvers.ts';
import { DnsRow } from './rows.ts';
import type { Rule } from './rule.ts';
import { SLOW } from './rules/dns-slow.ts';
import * as sign from './signs.ts';

const NOERROR = 0;
const NXDOMAIN = 3;
const MULTICAST = new Set(['224.0.0.251', 'ff02::fb', '224.0.0.252', 'ff02::1:3']); // mDNS and LLMNR

/** Counts DNS transactions in, and shows to each rule those that it wants. */
export function observeDns(batch: Batch, rules: readonly Rule[], resolvers: Resolvers): void {
  const watches = rules.flatMap(rule => rule.dns ?? []);
  const row = new DnsRow(batch);
  const hosts = indexTexts(batch.columns.id_resp_h, batch.rows);
  const multicast = hosts.texts.map(host => MULTICAST.has(host));
  const names = indexTexts(batch.columns.query, batch.rows);
  const noted = new Uint8Array(names.texts.length); // names that are in the tree
  const known = new Map<number, Resolver | undefined>(); // by host and port
  for (let i = 0; i < batch.rows; i++) {
    row.row = i;
    const host = hosts.index[i]!;
    if (multicast[host]) continue;
    const key = (host + 1) * 65536 + row.respPort;
    row.resolver = known.get(key);
    if (!row.resolver) {
      row.resolver = resolvers.get(row.respHost, row.respPort);
      known.set(key, row.resolver);
    }
    const { rcode, rtt } = row;
    const name = names.index[i]!;
    if (name >= 0 && rcode !== null) {
      resolvers.answered++;
      if (noted[name] === 0) resolvers.names.add(names.texts[name]!);
      noted[name] = 1;
    }
    const signs = signsOf(rcode, rtt, name >= 0);
    if (row.resolver) {
      row.resolver.asked++;
      if (rtt !== null) row.resolver.times.add(rtt);
    }
    if (signs !== 0) for (const watch of watches) if ((signs & watch.signs) !== 0) watch.see(row);
  }
}

function signsOf(rcode: number | null, rtt: number | null, named: boolean): number {
  const slow = rtt !== null && rtt >= SLOW ? sign.SLOW_ANSWER : 0;
  if (rcode === null) return slow | sign.UNANSWERED_QUERY;
  if (rcode === NXDOMAIN) return named ? slow | sign.NO_SUCH_NAME : slow;
  return rcode === NOERROR ? slow : slow | sign.FAILED_QUERY;
}
