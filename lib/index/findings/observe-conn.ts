import type { Batch } from '../table.ts';
import type { AddressBook } from './address-book.ts';
import type { Ends } from './ends.ts';
import { ConnRow } from './rows.ts';
import type { Rule } from './rule.ts';
import type { Traffic } from './traffic/traffic.ts';

/** Counts connections in, and shows to each rule those that it wants: a few of many. */
export function observeConn(batch: Batch, rules: readonly Rule[], book: AddressBook, traffic: Traffic): void {
  const watches = rules.flatMap(rule => rule.conn ?? []);
  const wanted = watches.reduce((signs, watch) => signs | watch.signs, 0);
  const row = new ConnRow(batch);
  learn(row.clients, row.servers, book);
  for (const { row: number, signs, server, path } of traffic.count(batch, row.clients, row.servers, wanted)) {
    row.row = number;
    row.server = server;
    row.path = path;
    for (const watch of watches) if ((signs & watch.signs) !== 0) watch.see(row);
  }
}

/** Which name each address had last, as if told row by row: those that come first find room in the book. */
function learn(clients: Ends, servers: Ends, book: AddressBook): void {
  const named = [...namesOf(clients, 0), ...namesOf(servers, 1)];
  for (const { host, name } of named.sort((a, b) => a.first - b.first)) book.learn(host, name);
  for (const { host, name } of named.sort((a, b) => a.last - b.last)) book.learn(host, name);
}

/** `first` and `last`: when each was told, the client of a row (side 0) before its server (1). */
function* namesOf(
  ends: Ends,
  side: 0 | 1,
): Generator<{ host: string; name: string; first: number; last: number }> {
  for (const [end, first] of ends.first.entries()) {
    const name = ends.name(end);
    if (name !== null)
      yield { host: ends.host(end), name, first: 2 * first + side, last: 2 * ends.last[end]! + side };
  }
}
