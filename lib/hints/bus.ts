import { EventBridgeClient, PutEventsCommand, type PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';

/** Source of everything that this product puts on the bus. */
export const SOURCE = 'serverless-capture';

export interface BusEvent {
  detailType: string;
  detail: {
    metadata: { id: string; version: number; time?: string }; // id: the same for the same fact
    data: Record<string, unknown>;
  };
}

export interface Bus {
  /** Every event is on the bus, or this throws. Events that were taken before a failure may be sent again. */
  put(events: BusEvent[]): Promise<void>;
}

const MAX_ENTRIES = 10; // of one PutEvents
const MAX_BYTES = 1_000_000; // the limit is 1 MiB of all entries together
const ATTEMPTS = 4;

export function createBus(name: string, client = new EventBridgeClient({}), backoffMs = 100): Bus {
  /** The entries that were not taken. */
  async function sendOnce(entries: PutEventsRequestEntry[]) {
    const answer = await client.send(new PutEventsCommand({ Entries: entries }));
    if (!answer.FailedEntryCount) return { left: [], reason: '' };
    const left = entries.filter((_, i) => answer.Entries?.[i]?.ErrorCode !== undefined);
    const error = answer.Entries?.find(({ ErrorCode }) => ErrorCode !== undefined);
    return { left, reason: `${error?.ErrorCode}: ${error?.ErrorMessage}` };
  }

  async function send(entries: PutEventsRequestEntry[]) {
    let left = entries;
    for (let attempt = 1; ; attempt++) {
      const result = await sendOnce(left);
      left = result.left;
      if (left.length === 0) return;
      if (attempt === ATTEMPTS) throw new Error(`the bus refused ${left.length} events: ${result.reason}`);
      await new Promise(resolve => setTimeout(resolve, backoffMs * 2 ** attempt * Math.random()));
    }
  }

  return {
    async put(events) {
      const entries = events.map(({ detailType, detail }) => ({
        Source: SOURCE,
        DetailType: detailType,
        Detail: JSON.stringify(detail),
        EventBusName: name,
      }));
      for (const chunk of chunks(entries)) await send(chunk);
    },
  };
}

/** Parts that PutEvents takes: bounded in number and in bytes. */
function chunks(entries: PutEventsRequestEntry[]): PutEventsRequestEntry[][] {
  const parts: PutEventsRequestEntry[][] = [];
  let part: PutEventsRequestEntry[] = [];
  let bytes = 0;
  for (const entry of entries) {
    const size = Buffer.byteLength(`${entry.Source}${entry.DetailType}${entry.Detail}`);
    if (part.length === MAX_ENTRIES || (part.length > 0 && bytes + size > MAX_BYTES)) {
      parts.push(part);
      part = [];
      bytes = 0;
    }
    part.push(entry);
    bytes += size;
  }
  return part.length > 0 ? [...parts, part] : parts;
}
