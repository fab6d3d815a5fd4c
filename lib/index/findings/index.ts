import type { Batch } from '../table.ts';
import { AddressBook } from './address-book.ts';
import { Counts, Times } from './columns.ts';
import { bySeverity, type Finding, identify } from './finding.ts';
import { observeConn } from './observe-conn.ts';
import { observeDns } from './observe-dns.ts';
import { observeHttp } from './observe-http.ts';
import { observeSsl } from './observe-ssl.ts';
import { Resolvers } from './queries/resolvers.ts';
import { Requests } from './requests.ts';
import type { CaptureFacts, Conclusion } from './rule.ts';
import { createRules } from './rules/index.ts';
import { Traffic } from './traffic/traffic.ts';

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
  /** Nothing more is observed or asked; to be called once. */
  end(): void;
}

export function createFindings(subject: string): Findings {
  const rules = createRules();
  const book = new AddressBook();
  const traffic = new Traffic();
  const resolvers = new Resolvers();
  const requests = new Requests();
  let capture: CaptureFacts = { packets: -1, drops: null, lastTs: null };
  return {
    observe(batch) {
      switch (batch.table) {
        case 'conn':
          return observeConn(batch, rules, book, traffic);
        case 'dns':
          return observeDns(batch, rules, resolvers);
        case 'ssl':
          return observeSsl(batch, rules);
        case 'http':
          return observeHttp(batch, rules, requests);
        case 'capture':
          capture = addCapture(capture, batch);
      }
    },
    finish() {
      const conclusion: Conclusion = { capture, book, traffic, resolvers, requests };
      return rules
        .flatMap(rule => rule.conclude(conclusion).map(said => identify(subject, rule.name, said)))
        .sort(bySeverity);
    },
    end() {
      traffic.end();
      resolvers.end();
    },
  };
}

function addCapture(before: CaptureFacts, batch: Batch): CaptureFacts {
  const packets = new Counts(batch, 'packets');
  const drops = new Counts(batch, 'drops');
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
