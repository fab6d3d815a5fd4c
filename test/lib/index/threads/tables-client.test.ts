import { EventEmitter } from 'node:events';
import type { Worker } from 'node:worker_threads';
import type { IndexedCapture } from '../../../../lib/index/engine/follow-capture.ts';
import { Kernel } from '../../../../lib/index/kernel/kernel.ts';
import { Closed, Silent } from '../../../../lib/index/threads/free-slots.ts';
import type { TablesTask } from '../../../../lib/index/threads/messages.ts';
import { makeSlots } from '../../../../lib/index/threads/slots.ts';
import { TablesClient } from '../../../../lib/index/threads/tables-client.ts';

const origin = { bucket: 'file', key: 'one', etag: 'e', size: 1, cluster: 'local' };
const kernel = Kernel.begin();
afterAll(() => kernel.end());

/** A thread of which only what it is sent is known. */
class Mute extends EventEmitter {
  readonly sent: unknown[] = [];
  postMessage(message: unknown): void {
    this.sent.push(message);
  }
}

function setup() {
  const thread = new Mute();
  const task: TablesTask = {
    file: { origin, sequencer: '01', folder: undefined },
    source: { name: 'one' },
    slots: makeSlots(kernel.memory),
  };
  return { thread, task, client: new TablesClient(thread as unknown as Worker, task, kernel) };
}

const failing = (error: Error) => async (): Promise<IndexedCapture> => {
  throw error;
};

it('waits for nothing more of a thread that fell silent', async () => {
  const { thread, task, client } = setup();
  await expect(client.serve(failing(new Silent()))).rejects.toThrow('fell silent');
  expect(thread.sent).toEqual([
    task,
    { kind: 'failed', message: 'the thread that makes tables fell silent' },
  ]);
});

it('tells why reading failed, and goes on with that when the other thread has tidied up', async () => {
  const { thread, client } = setup();
  let isOver = false;
  const serving = client.serve(failing(new Error('EIO'))).finally(() => {
    isOver = true;
  });
  serving.catch(() => {});
  await new Promise(setImmediate);
  expect([isOver, thread.sent.at(-1)]).toEqual([false, { kind: 'failed', message: 'EIO' }]);
  thread.emit('message', { kind: 'failed', error: new Error('EIO, told back') });
  await expect(serving).rejects.toThrow(/^EIO$/);
});

it('leaves it to the other thread to say why nothing is wanted', async () => {
  const { thread, task, client } = setup();
  await client.serve(failing(new Closed()));
  expect(thread.sent).toEqual([task]);
  thread.emit('exit', 1);
  await expect(client.summary).rejects.toThrow('the thread that makes tables has ended');
});
