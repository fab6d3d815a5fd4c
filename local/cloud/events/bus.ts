import type { Account } from '../account.ts';
import type { Database } from '../database.ts';
import { AwsError } from '../errors.ts';
import { compilePattern, type EventMatcher } from './pattern.ts';

/** An event as EventBridge hands it to targets. */
export interface BusEvent {
  version: '0';
  id: string;
  'detail-type': string;
  source: string;
  account: string;
  time: string; // RFC 3339, seconds
  region: string;
  resources: string[];
  detail: Record<string, unknown>;
}

export interface Rule {
  name: string;
  bus: string;
  pattern: unknown;
  targets: string[]; // ARNs of queues and functions
}

const MOST_ENTRIES = 10;
const ENTRY_LIMIT = 1024 * 1024; // bytes; 256 KiB until January 2026

interface Entry {
  Source?: unknown;
  DetailType?: unknown;
  Detail?: unknown;
  EventBusName?: unknown;
  Resources?: unknown;
  Time?: unknown; // seconds since the epoch
}

/** The default bus and the product's own. An event is with all of its targets before its sender hears of success. */
export class EventBuses {
  readonly #account: Account;
  readonly #database: Database;
  readonly #deliver: (target: string, event: BusEvent) => void;
  readonly #published: (bus: string, event: BusEvent) => void;
  readonly #rules = new Map<string, { matches: EventMatcher; targets: string[] }[]>();

  constructor(
    account: Account,
    database: Database,
    buses: string[],
    rules: Rule[],
    deliver: (target: string, event: BusEvent) => void,
    published: (bus: string, event: BusEvent) => void,
  ) {
    this.#account = account;
    this.#database = database;
    this.#deliver = deliver;
    this.#published = published;
    for (const bus of ['default', ...buses]) this.#rules.set(bus, []);
    for (const { name, bus, pattern, targets } of rules) {
      const known = this.#rules.get(bus);
      if (!known) throw new Error(`rule ${name} is on the bus ${bus}, which is not declared`);
      known.push({ matches: compilePattern(pattern), targets });
    }
  }

  /** @throws when a target takes no events; then none has it */
  publish(bus: string, event: BusEvent) {
    this.#database.transaction(() => {
      for (const { matches, targets } of this.#rules.get(bus) ?? []) {
        if (matches(event)) for (const target of targets) this.#deliver(target, event);
      }
    });
    this.#published(bus, event);
  }

  event(
    source: string,
    detailType: string,
    detail: Record<string, unknown>,
    resources: string[] = [],
  ): BusEvent {
    return {
      version: '0',
      id: crypto.randomUUID(),
      'detail-type': detailType,
      source,
      account: this.#account.id,
      time: seconds(new Date()),
      region: this.#account.region,
      resources,
      detail,
    };
  }

  /** The one operation of EventBridge's API that the product uses; JSON 1.1. */
  serve(operation: string, input: Record<string, unknown>): Record<string, unknown> {
    if (operation === 'PutEvents') return this.#putEvents(input.Entries);
    throw new AwsError(
      'UnknownOperationException',
      400,
      `The embedded EventBridge does not know ${operation}.`,
    );
  }

  #putEvents(entries: unknown) {
    if (!Array.isArray(entries) || entries.length === 0 || entries.length > MOST_ENTRIES) {
      throw new AwsError(
        'ValidationException',
        400,
        `Value at 'entries' failed to satisfy constraint: Member must have length between 1 and ${MOST_ENTRIES}`,
      );
    }
    const total = entries.reduce((sum: number, entry: Entry) => sum + sizeOf(entry), 0);
    if (total > ENTRY_LIMIT) {
      throw new AwsError(
        'ValidationException',
        400,
        'Total size of the entries in the request is over the limit.',
      );
    }
    const results = entries.map((entry: Entry) => this.#putEvent(entry));
    return { FailedEntryCount: results.filter(result => 'ErrorCode' in result).length, Entries: results };
  }

  #putEvent({ Source, DetailType, Detail, EventBusName, Resources, Time }: Entry) {
    const refuse = (ErrorCode: string, ErrorMessage: string) => ({ ErrorCode, ErrorMessage });
    if (typeof Source !== 'string' || Source === '') {
      return refuse(
        'InvalidArgument',
        'Parameter Source is not valid. Reason: Source is a required argument.',
      );
    }
    if (typeof DetailType !== 'string' || DetailType === '') {
      return refuse(
        'InvalidArgument',
        'Parameter DetailType is not valid. Reason: DetailType is a required argument.',
      );
    }
    if (typeof Detail !== 'string' || Detail === '') {
      return refuse(
        'InvalidArgument',
        'Parameter Detail is not valid. Reason: Detail is a required argument.',
      );
    }
    if (Source.startsWith('aws.')) {
      return refuse('NotAuthorizedForSourceException', 'Not authorized for the source.');
    }
    const detail = parseObject(Detail);
    if (!detail) return refuse('MalformedDetail', 'Detail is malformed.');
    const bus = String(EventBusName ?? 'default').replace(/^arn:.*:event-bus\//, '');
    if (!this.#rules.has(bus)) return refuse('ResourceNotFoundException', `Event bus ${bus} does not exist.`);
    const event = this.event(
      Source,
      DetailType,
      detail,
      Array.isArray(Resources) ? Resources.map(String) : [],
    );
    if (typeof Time === 'number') event.time = seconds(new Date(Time * 1000));
    this.publish(bus, event);
    return { EventId: event.id };
  }
}

const seconds = (date: Date) => date.toISOString().replace(/\.\d+/, '');

/** Time counts 14 bytes; EventBridge User Guide, "Calculating PutEvents event entry size". */
function sizeOf({ Source, DetailType, Detail, Resources, Time }: Entry): number {
  const texts = [Source, DetailType, Detail, ...(Array.isArray(Resources) ? Resources : [])];
  const bytes = texts.reduce(
    (sum: number, text) => sum + (typeof text === 'string' ? Buffer.byteLength(text) : 0),
    0,
  );
  return bytes + (Time === undefined ? 0 : 14);
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
