import type { Batch } from '../table.ts';
import type { Resolvers } from './queries/resolvers.ts';
import { DnsRow } from './rows.ts';
import type { Rule } from './rule.ts';
import { SLOW } from './rules/dns-slow.ts';

/** Counts DNS transactions in, and shows to each rule those that it wants. */
export function observeDns(batch: Batch, rules: readonly Rule[], resolvers: Resolvers): void {
  const watches = rules.flatMap(rule => rule.dns ?? []);
  const wanted = watches.reduce((signs, watch) => signs | watch.signs, 0);
  const row = new DnsRow(batch);
  for (const { row: number, signs, server } of resolvers.count(batch, wanted, SLOW)) {
    row.row = number;
    row.resolver = resolvers.get(server, row.respHost, row.respPort);
    for (const watch of watches) if ((signs & watch.signs) !== 0) watch.see(row);
  }
}
