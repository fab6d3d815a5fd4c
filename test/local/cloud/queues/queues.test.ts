import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { Database } from '../../../../local/cloud/database.ts';
import { Queues } from '../../../../local/cloud/queues/queues.ts';
import { QUEUES, STEPS } from './message-life.ts';

const folder = mkdtempSync(join(tmpdir(), 'queues-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = () => join(folder, `${crypto.randomUUID()}.db`);
const open = (path = file()) => new Queues(new Database(path), QUEUES);
const never = new AbortController().signal;

it('does not touch a file of another version', () => {
  const path = file();
  const other = new DatabaseSync(path);
  other.exec('CREATE TABLE messages (id INTEGER)');
  other.close();
  expect(() => new Database(path)).toThrow('made by another version');
});

describe('a queue', () => {
  it('hides a message from others until its visibility ends', () => {
    const queues = open();
    queues.send('jobs', 'a');
    const [message] = queues.receive('jobs', 10);
    expect(message).toMatchObject({ body: 'a', receives: 1 });
    expect(queues.receive('jobs', 10)).toEqual([]);
    expect(queues.count('jobs')).toEqual({ visible: 0, inFlight: 1, delayed: 0 });
    queues.changeVisibility('jobs', message!.receipt, 0);
    const [again] = queues.receive('jobs', 10);
    expect(again).toMatchObject({
      messageId: message!.messageId,
      receives: 2,
      firstReceived: message!.firstReceived,
    });
  });

  it('lets only the last receiver delete', () => {
    const queues = open();
    queues.send('jobs', 'a');
    const first = queues.receive('jobs', 1)[0]!;
    queues.changeVisibility('jobs', first.receipt, 0);
    const second = queues.receive('jobs', 1)[0]!;
    queues.delete('jobs', first.receipt);
    expect(queues.count('jobs').inFlight).toBe(1);
    queues.delete('jobs', second.receipt);
    expect(queues.count('jobs')).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
    expect(() => queues.changeVisibility('jobs', second.receipt, 0)).toThrow('not in flight');
  });

  it('gives up on a message after its receives and sends it back when told', () => {
    const queues = open();
    queues.send('jobs', 'poison');
    for (const receives of [1, 2]) {
      const [message] = queues.receive('jobs', 1);
      expect(message?.receives).toBe(receives);
      queues.changeVisibility('jobs', message!.receipt, 0);
    }
    expect(queues.receive('jobs', 1)).toEqual([]);
    expect(queues.count('dead').visible).toBe(1);
    queues.send('dead', 'sent here directly');
    expect(queues.redrive('dead')).toBe(1);
    expect(queues.receive('jobs', 10).map(({ body, receives }) => [body, receives])).toEqual([['poison', 1]]);
    expect(queues.receive('dead', 10).map(({ body }) => body)).toEqual(['sent here directly']);
  });

  it('holds back a message that is delayed, and wakes whoever waits for it', async () => {
    const queues = open();
    queues.send('jobs', 'later', { delay: 0.05 });
    expect(queues.count('jobs').delayed).toBe(1);
    expect(queues.receive('jobs', 1)).toEqual([]);
    while (queues.receive('jobs', 1).length === 0) await queues.changed('jobs', 10_000, never);
    const waiting = queues.changed('jobs', 10_000, never);
    await delay(1);
    queues.send('jobs', 'now');
    await waiting;
    expect(queues.receive('jobs', 1).map(({ body }) => body)).toEqual(['now']);
  });

  it('must exist', () => {
    expect(() => open().send('nowhere', 'x')).toThrow('does not exist');
  });

  it('neither loses nor invents a message, whatever is done to it', () => {
    const action = fc.constantFrom('send', 'receive', 'delete', 'return', 'redrive', 'reopen');
    fc.assert(
      fc.property(fc.array(action, { maxLength: 40 }), actions => {
        const path = file();
        let queues = open(path);
        let sent = 0;
        let deleted = 0;
        let held: string[] = [];
        for (const step of actions) {
          if (step === 'send') queues.send('jobs', String(sent++));
          if (step === 'receive') held.push(...queues.receive('jobs', 2).map(({ receipt }) => receipt));
          if (step === 'redrive') queues.redrive('dead');
          if (step === 'reopen') {
            queues = open(path);
            queues.release('jobs');
          }
          const before = total(queues);
          const receipt = step === 'delete' || step === 'return' ? held.pop() : undefined;
          if (receipt && step === 'delete') queues.delete('jobs', receipt);
          if (receipt && step === 'return') attempt(() => queues.changeVisibility('jobs', receipt, 0));
          deleted += before - total(queues);
          if (step === 'reopen') held = [];
        }
        expect(total(queues)).toBe(sent - deleted);
      }),
      { numRuns: 40 },
    );
  });
});

const total = (queues: Queues) =>
  ['jobs', 'dead'].reduce((sum, name) => sum + Object.values(queues.count(name)).reduce((a, b) => a + b), 0);

function attempt(work: () => void) {
  try {
    work();
  } catch (error) {
    expect(String(error)).toContain('not in flight');
  }
}

describe('a message whose process is killed', () => {
  const deaths = STEPS.flatMap(([name], index) => [
    { when: `in the middle of being ${name}`, step: index + 0.5, left: index === 0 ? 0 : 1 },
    { when: `once ${name}`, step: index + 1, left: name === 'deleted' ? 0 : 1 },
  ]);

  it.each(deaths)('$when is there $left time(s)', ({ step, left }) => {
    const path = file();
    const script = resolve(import.meta.dirname, 'message-life.ts');
    const { signal, stderr } = spawnSync(process.execPath, [
      '--disable-warning=ExperimentalWarning',
      script,
      path,
      String(step),
    ]);
    expect([signal, stderr.toString()]).toEqual(['SIGKILL', '']);
    const queues = open(path);
    expect(total(queues)).toBe(left);
    queues.release('jobs');
    queues.release('dead');
    queues.redrive('dead');
    expect(queues.receive('jobs', 10).length + queues.count('dead').visible).toBe(left);
  });
});
