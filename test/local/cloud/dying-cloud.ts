/**
 * Runs the fixture's cloud, gives it work, and dies at the given activity: `node dying-cloud.ts FOLDER ACTIVITY`.
 * Each piece of work that was acknowledged is written down in FOLDER/acknowledged before the next is begun.
 */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { FIXTURE_BUCKET, startFixture } from './running.ts';

const [dataDir = '', deadline = '0'] = process.argv.slice(2);
const { cloud } = await startFixture({ dataDir });
let left = Number(deadline);
cloud.on(() => {
  left--;
  if (left === 0) process.kill(process.pid, 'SIGKILL');
});
const acknowledge = (what: string) => appendFileSync(join(dataDir, 'acknowledged'), `${what}\n`);

if (Number(deadline) > 0) {
  const s3 = new S3Client({});
  const bridge = new EventBridgeClient({});
  for (let i = 0; i < 3; i++) {
    const id = crypto.randomUUID();
    await s3.send(new PutObjectCommand({ Bucket: FIXTURE_BUCKET, Key: `object-${id}`, Body: 'x' }));
    acknowledge(`object-${id}`);
    const Detail = JSON.stringify({ id: `event-${id}` });
    await bridge.send(
      new PutEventsCommand({
        Entries: [{ EventBusName: 'fixture-bus', Source: 'fixture', DetailType: 'Job', Detail }],
      }),
    );
    acknowledge(`event-${id}`);
    cloud.logs.put('/aws/eks/demo/cluster', 'audit', [
      JSON.stringify({ verb: 'create', auditID: `line-${id}` }),
    ]);
    acknowledge(`line-${id}`);
  }
}
await cloud.idle();
await cloud.close();
