/** The sample events are what the functions understand. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decode } from '../lib/hints/decode.ts';
import { readHint } from '../lib/hints/hint.ts';
import { readObjectEvent } from '../lib/index/object-event.ts';

const event = (name: string) =>
  JSON.parse(readFileSync(join(import.meta.dirname, '../events', name), 'utf8'));
const body = (name: string): string => event(name).Records[0].body;

it('audit events of CloudWatch Logs become one hint for each Capture', () => {
  const hints = decode(event('ingest-cloudwatch-logs.json'), ['prod']);
  expect(hints).toHaveLength(1);
  expect(hints[0]).toMatchObject({ cluster: 'prod', namespace: 'default', name: 'demo' });
});

it('events of a cluster that is not ours become none', () => {
  expect(decode(event('ingest-cloudwatch-logs.json'), ['another'])).toEqual([]);
});

it('a hint comes out of the queue as it went in', () => {
  expect(readHint(body('reconcile-sqs-hint.json'))).toMatchObject({
    cluster: 'prod',
    namespace: 'default',
    name: 'demo',
  });
});

it('an uploaded object is named by its exact key and version', () => {
  expect(readObjectEvent(body('index-sqs-object-created.json'))).toMatchObject({
    type: 'created',
    key: 'captures/demo-node1-20261122072536UTC.tar.gz',
    version: '3HL4kqtJvjVBH40Nrjfkd',
    sequencer: '006408CAD69598B05E',
  });
});
