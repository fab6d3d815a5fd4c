import { MessageChannel } from 'node:worker_threads';
import { InflatedSource } from '../../../../lib/index/threads/inflated-source.ts';
import type { InflaterNews } from '../../../../lib/index/threads/inflaters.ts';
import { PIECE_BYTES, PipeWriter, pipeControl } from '../../../../lib/index/threads/pipe.ts';

it('ends with what went wrong in the thread that inflates', async () => {
  const { port1, port2 } = new MessageChannel();
  const control = pipeControl();
  const memory = new Uint8Array(new SharedArrayBuffer(PIECE_BYTES));
  const writer = new PipeWriter<InflaterNews>({ control, port: port1 }, memory);
  writer.tell({ kind: 'begin', at: 0 });
  writer.write(Buffer.from('some'));
  writer.tell({ kind: 'error', message: 'EIO: i/o error' });
  writer.end();
  const pipes = [{ control, port: port2 }];
  const source = new InflatedSource('x.gz', 'x.gz', undefined, {
    pipes,
    consumed: new SharedArrayBuffer(8),
  });
  const read: string[] = [];
  const reading = (async () => {
    for await (const piece of source.stream(memory)) read.push(Buffer.from(piece).toString());
  })();
  await expect(reading).rejects.toThrow('EIO: i/o error');
  expect(read).toEqual(['some']);
  port1.close();
});
