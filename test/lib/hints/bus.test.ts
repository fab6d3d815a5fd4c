import { EventBridgeClient, type PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { type BusEvent, createBus } from '../../../lib/hints/bus.ts';

interface Entry {
  Detail?: string | undefined;
}

/** A client whose answers are made up, entry by entry: undefined is success. */
function clientOf(answer: (call: number, i: number) => string | undefined) {
  const calls: Entry[][] = [];
  const client = new EventBridgeClient({ region: 'us-east-1' });
  client.send = (async (command: PutEventsCommand) => {
    const entries = command.input.Entries ?? [];
    calls.push(entries);
    const Entries = entries.map((_, i) => ({ ErrorCode: answer(calls.length, i) }));
    return { Entries, FailedEntryCount: Entries.filter(({ ErrorCode }) => ErrorCode).length };
  }) as typeof client.send;
  return { client, calls };
}

const events = (count: number, text = ''): BusEvent[] =>
  Array.from({ length: count }, (_, i) => ({
    detailType: 'Capture Hint',
    detail: { metadata: { id: String(i), version: 1 }, data: { text } },
  }));
const ids = (entries: Entry[] = []) => entries.map(({ Detail }) => JSON.parse(Detail ?? '').metadata.id);

test('sends at most ten at once, in order', async () => {
  const { client, calls } = clientOf(() => undefined);
  await createBus('b', client).put(events(23));
  expect(calls.map(call => call.length)).toEqual([10, 10, 3]);
  expect(calls.flatMap(ids)).toEqual(events(23).map(({ detail }) => detail.metadata.id));
});

test('sends at most a megabyte at once', async () => {
  const { client, calls } = clientOf(() => undefined);
  await createBus('b', client).put(events(5, 'x'.repeat(400_000)));
  expect(calls.map(call => call.length)).toEqual([2, 2, 1]);
});

test('sends again only what was refused', async () => {
  const { client, calls } = clientOf((call, i) =>
    call === 1 && i % 2 === 1 ? 'ThrottlingException' : undefined,
  );
  await createBus('b', client, 0).put(events(4));
  expect(calls.map(ids)).toEqual([
    ['0', '1', '2', '3'],
    ['1', '3'],
  ]);
});

test('fails when entries are refused again and again', async () => {
  const { client, calls } = clientOf((_, i) => (i === 0 ? 'InternalFailure' : undefined));
  await expect(createBus('b', client, 0).put(events(2))).rejects.toThrow(
    'the bus refused 1 events: InternalFailure',
  );
  expect(calls).toHaveLength(4);
});

test('sends nothing for nothing', async () => {
  const { client, calls } = clientOf(() => undefined);
  await createBus('b', client).put([]);
  expect(calls).toHaveLength(0);
});
