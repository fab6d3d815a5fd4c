/**
 * Lives the life of one message up to a step and dies there: `node message-life.ts DATABASE STEP`. A step that is
 * half a number too high dies in the middle of its transaction.
 */
import { Database } from '../../../../local/cloud/database.ts';
import { Queues } from '../../../../local/cloud/queues/queues.ts';

export const QUEUES = [
  { name: 'jobs', visibilityTimeout: 60, delay: 0, deadLetters: { queue: 'dead', maxReceiveCount: 2 } },
  { name: 'dead', visibilityTimeout: 60, delay: 0 },
];

export const STEPS: [name: string, step: (queues: Queues, receipt: string) => string | undefined][] = [
  ['sent', queues => void queues.send('jobs', 'the message')],
  ['received', queues => queues.receive('jobs', 1)[0]!.receipt],
  ['given back', (queues, receipt) => void queues.changeVisibility('jobs', receipt, 0)],
  ['received again', queues => queues.receive('jobs', 1)[0]!.receipt],
  ['given back again', (queues, receipt) => void queues.changeVisibility('jobs', receipt, 0)],
  ['moved to the dead letters', queues => void queues.receive('jobs', 1)],
  ['received there', queues => queues.receive('dead', 1)[0]!.receipt],
  ['sent back', queues => void queues.redrive('dead')],
  ['received at last', queues => queues.receive('jobs', 1)[0]!.receipt],
  ['deleted', (queues, receipt) => void queues.delete('jobs', receipt)],
];

function die(): never {
  process.kill(process.pid, 'SIGKILL');
  for (;;); // the signal is on its way
}

if (import.meta.main) {
  const [path, last] = process.argv.slice(2);
  const database = new Database(path!);
  const queues = new Queues(database, QUEUES);
  let receipt = '';
  for (const [index, [, step]] of STEPS.entries()) {
    if (index >= Number(last)) die();
    if (index + 0.5 === Number(last)) {
      database.transaction(() => {
        step(queues, receipt);
        die();
      });
    }
    receipt = step(queues, receipt) ?? receipt;
  }
  die();
}
