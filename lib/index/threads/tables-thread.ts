/** Runs as a worker thread: makes the index of a file on this machine, which the thread that started it reads. */
import { on } from 'node:events';
import { parentPort } from 'node:worker_threads';
import { keepCode } from '../../programs/loader.ts';
import type { ReaderMessage, TablesMessage, TablesTask } from './messages.ts';
import { BEAT, BEATS_AT, closeSlots } from './slots.ts';

const port = parentPort!;
// What comes before it is listened to waits here: the task, then what the other thread finds.
const messages = on(port, 'message') as AsyncIterator<[TablesTask] | [ReaderMessage]>;
const send = (message: TablesMessage) => port.postMessage(message);

void run(import('./make-tables.ts')); // loaded while the other thread reads already

async function run(program: Promise<typeof import('./make-tables.ts')>): Promise<void> {
  const task = (await messages.next()).value[0] as TablesTask;
  const { slots } = task;
  try {
    const beats = new Int32Array(slots.states, BEATS_AT * 4, 1);
    const beat = () => Atomics.add(beats, 0, 1);
    beat();
    setInterval(beat, BEAT).unref();
    send({ kind: 'begun' });
    const { makeTables } = await program;
    const summary = await makeTables(task, messages as AsyncIterator<[ReaderMessage]>);
    keepCode();
    send({ kind: 'indexed', summary });
  } catch (error) {
    send({ kind: 'failed', error });
  } finally {
    closeSlots(slots);
  }
}
