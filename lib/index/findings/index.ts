import type { Batch } from '../table.ts';
import { AddressBook } from './address-book.ts';
import { Numbers, Times } from './columns.ts';
import { bySeverity, type Finding, identify } from './finding.ts';
import { ConnRow, DnsRow, HttpRow, SslRow } from './rows.ts';
import type { CaptureFacts, Rule } from './rule.ts';
import { createRules } from './rules/index.ts';
import { Traffic } from './traffic.ts';

export type { Finding } from './finding.ts';

/**
 * Watches the tables of one capture go by and says at the end what is wrong. `observe` takes every batch of conn,
 * dns, ssl, http and capture, after the identity columns are filled; others are ignored. `subject` names the
 * captured file (object key and version, or a path): it makes the ids of findings repeatable and unique.
 */
export interface Findings {
  observe(batch: Batch): void;
  /** Worst first. */
  finish(): Finding[];
}

export function createFindings(subject: string): Findings {
  const rules = createRules();
  const book = new AddressBook();
  const traffic = new Traffic();
  let capture: CaptureFacts = { packets: -1, drops: null, lastTs: null };
  return {
    observe(batch) {
      if (batch.table === 'conn') observeConn(batch, rules, book, traffic);
      else if (batch.table === 'capture') capture = addCapture(capture, batch);
      else observeApplication(batch, rules);
    },
    finish() {
      return rules
        .flatMap(rule => rule.conclude({ capture, book }).map(said => identify(subject, rule.name, said)))
        .sort(bySeverity);
    },
  };
}

function observeConn(batch: Batch, rules: readonly Rule[], book: AddressBook, traffic: Traffic): void {
  const interested = rules.filter(rule => rule.conn);
  const row = new ConnRow(batch);
  for (row.row = 0; row.row < batch.rows; row.row++) {
    book.learn(row);
    const path = traffic.add(row);
    for (const rule of interested) rule.conn?.(row, path);
  }
}

function observeApplication(batch: Batch, rules: readonly Rule[]): void {
  switch (batch.table) {
    case 'dns': {
      const row = new DnsRow(batch);
      for (row.row = 0; row.row < batch.rows; row.row++) for (const rule of rules) rule.dns?.(row);
      return;
    }
    case 'ssl': {
      const row = new SslRow(batch);
      for (row.row = 0; row.row < batch.rows; row.row++) for (const rule of rules) rule.ssl?.(row);
      return;
    }
    case 'http': {
      const row = new HttpRow(batch);
      for (row.row = 0; row.row < batch.rows; row.row++) for (const rule of rules) rule.http?.(row);
      return;
    }
    default:
  }
}

function addCapture(before: CaptureFacts, batch: Batch): CaptureFacts {
  const packets = new Numbers(batch, 'packets');
  const drops = new Numbers(batch, 'drops');
  const last = new Times(batch, 'last_ts');
  let facts = before;
  for (let row = 0; row < batch.rows; row++) {
    const dropped = drops.at(row);
    const lastTs = last.at(row);
    facts = {
      packets: Math.max(0, facts.packets) + packets.or0(row),
      drops: dropped === null ? facts.drops : (facts.drops ?? 0) + dropped,
      lastTs: lastTs !== null && (facts.lastTs === null || lastTs > facts.lastTs) ? lastTs : facts.lastTs,
    };
  }
  return facts;
}
