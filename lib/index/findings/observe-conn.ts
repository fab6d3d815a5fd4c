import { indexTexts } from '../indexed-texts.ts';
import type { Batch } from '../table.ts';
import type { AddressBook } from './address-book.ts';
import { ConnRow } from './rows.ts';
import type { Rule } from './rule.ts';
import * as sign from './signs.ts';
import type { Traffic } from './traffic.ts';

const BUSY_PATH = 1000; // connections before a path is busy

const OF_PROTOCOL: Readonly<Record<string, number>> = { tcp: sign.TCP, icmp: sign.ICMP, icmp6: sign.ICMP };
const OF_STATE: Readonly<Record<string, number>> = {
  REJ: sign.REFUSED,
  S0: sign.UNANSWERED,
  RSTR: sign.RESET,
  RSTO: sign.RESET,
};

/** Counts connections in, and shows to each rule those that it wants: a few of many, told apart by numbers only. */
export function observeConn(batch: Batch, rules: readonly Rule[], book: AddressBook, traffic: Traffic): void {
  const watches = rules.flatMap(rule => rule.conn ?? []);
  const wanted = watches.reduce((signs, watch) => signs | watch.signs, 0);
  const row = new ConnRow(batch);
  const protocols = signsOf(batch, 'proto', OF_PROTOCOL);
  const states = signsOf(batch, 'conn_state', OF_STATE);
  const named = row.clients.named || row.servers.named;
  for (let i = 0; i < batch.rows; i++) {
    row.row = i;
    if (named) {
      book.learn(row.origHost, row.origName);
      book.learn(row.respHost, row.respName);
    }
    let signs = protocols(i);
    if ((signs & sign.TCP) !== 0) signs |= states(i) | travel(row, traffic);
    if ((signs & wanted) === 0) continue;
    for (const watch of watches) if ((signs & watch.signs) !== 0) watch.see(row);
  }
}

/** Counts a TCP connection in; returns the signs that its numbers show. */
function travel(row: ConnRow, traffic: Traffic): number {
  const { row: i, clients, servers, orig, resp } = row;
  const toServer = orig.packets(i);
  const toClient = resp.packets(i);
  row.server = traffic.connect(servers, servers.index[i]!, row.respPort);
  row.path = row.server < 0 ? -1 : traffic.travel(row.server, clients, clients.index[i]!, toServer, toClient);
  let signs = 0;
  if (toServer === 0 || toClient === 0) signs |= sign.ONE_WAY;
  if (orig.retransmissions(i) !== 0 || resp.retransmissions(i) !== 0) signs |= sign.SENT_AGAIN;
  if (orig.zeroWindows(i) !== 0 || resp.zeroWindows(i) !== 0) signs |= sign.WINDOW_CLOSED;
  if (row.path >= 0 && traffic.connectionsOf(row.path) > BUSY_PATH) signs |= sign.BUSY;
  return signs;
}

/** What the text of a row shows, asked once of each text. */
function signsOf(
  { columns, rows }: Batch,
  name: string,
  signs: Readonly<Record<string, number>>,
): (row: number) => number {
  const { texts, index } = indexTexts(columns[name], rows);
  const shown = Int32Array.from(texts, text => (Object.hasOwn(signs, text) ? signs[text]! : 0));
  return row => (index[row]! < 0 ? 0 : shown[index[row]!]!);
}
