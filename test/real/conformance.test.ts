/**
 * One list of requests, answered by the embedded cluster and by a real kube-apiserver; the answers are compared.
 * Without a real one at hand this suite fails and says what it lacks.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { policyPath } from '../../local/cluster/audit-policy.ts';
import { isObject, type JsonObject } from '../../local/cluster/objects.ts';
import { type TestCluster, testCluster } from '../local/cluster/client.ts';
import { type ControlPlane, hasControllers, type Send, startControlPlane } from './control-plane.ts';
import { controlledSteps, shelfDefinition, steps, widgetDefinition } from './requests.ts';
import { type Answer, at, mask, play, type Shape, type Step, shapes } from './scenario.ts';

let real: ControlPlane | undefined;
let embedded: TestCluster | undefined;
let ours: Map<string, Answer>;
let theirs: Map<string, Answer>;
let ourLog: Map<string, Shape[]>;
let theirLog: Map<string, Shape[]>;

const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

/** The same wire for both: fetch takes no GET with a body and adds headers of its own, neither of which is used here. */
function sendTo(url: string): Send {
  return async (method, path, body, headers) => {
    const response = await fetch(url + path, {
      method,
      ...(body !== undefined && { body }),
      ...(headers && { headers }),
    });
    return { code: response.status, text: await response.text() };
  };
}

async function define(send: Send): Promise<void> {
  for (const definition of [widgetDefinition, shelfDefinition]) {
    const made = await send('POST', definitions, JSON.stringify(definition), {
      'content-type': 'application/json',
    });
    if (made.code !== 201) throw new Error(made.text);
    const path = `/apis/example.com/v1/${definition.spec.names.plural}`;
    while ((await send('GET', path)).code !== 200) await new Promise(done => setTimeout(done, 50));
  }
}

// Without controllers what they do is not compared, and those tests show as skipped.
const played = hasControllers ? [...steps, ...controlledSteps] : steps;

beforeAll(async () => {
  real = await startControlPlane(fileURLToPath(policyPath));
  embedded = await testCluster();
  await define(real.send);
  if (hasControllers) await real.startControllers();
  theirs = await play(played, real.send);
  const send = sendTo(embedded.url);
  await define(send);
  ours = await play(played, send);
  ourLog = shapes(readFileSync(join(embedded.dataDir, 'audit.log'), 'utf8'));
  theirLog = shapes(readFileSync(real.auditLog, 'utf8'));
}, 300_000);

afterAll(async () => {
  await real?.stop();
  await embedded?.close();
}, 60_000);

/** Sets both sides of a documented difference to one value, after it was asserted. */
function level(step: Step, mine: JsonObject, other: JsonObject): void {
  for (const { path, ours: wanted, real: found } of step.differs ?? []) {
    if (wanted !== '<list>') {
      expect(at(mine, path)).toEqual(wanted);
      // A release that is newer than the difference answers as we do.
      expect([wanted, found]).toContainEqual(at(other, path));
    }
    for (const side of [mine, other]) {
      const parts = path.split('/');
      const last = parts.pop() ?? '';
      const parent = parts.length > 0 ? at(side, parts.join('/')) : side;
      if (isObject(parent)) delete parent[last];
    }
  }
}

describe('the embedded cluster answers as a kube-apiserver does', () => {
  it('has at least 80 requests, each with a name of its own', () => {
    expect(steps.length).toBeGreaterThanOrEqual(80);
    const names = [...steps, ...controlledSteps].map(step => step.name);
    expect(new Set(names).size).toBe(names.length);
  });

  function compareAnswers(name: string, step: Step): void {
    const mine = ours.get(name);
    const other = theirs.get(name);
    if (mine === undefined || other === undefined) throw new Error('not played');
    const both = [mine, other].map(answer => ({ code: answer.code, body: mask(answer.body) as JsonObject }));
    const [left, right] = both as [Answer, Answer];
    if (step.codes !== undefined) {
      expect({ ours: left.code, real: right.code }).toEqual(step.codes);
      return;
    }
    if (step.onlyCode !== undefined) {
      expect({ code: left.code, reason: left.body.reason }).toEqual({
        code: right.code,
        reason: right.body.reason,
      });
      return;
    }
    level(step, left.body, right.body);
    expect(left).toEqual(right);
  }

  function compareEvents(name: string, step: Step): void {
    if (step.codes !== undefined || step.audit !== undefined) return;
    // What is asked again and again was answered otherwise before.
    const first = step.until ? -1 : 0;
    const mine = (ourLog.get(name) ?? []).slice(first);
    const other = (theirLog.get(name) ?? []).slice(first);
    expect(mine).toEqual(other);
  }

  describe.each([
    ['the API server', steps, it],
    ['its controllers', controlledSteps, hasControllers ? it : it.skip],
  ] as const)('%s', (_what, list, test) => {
    const table = list.map(step => [step.name, step] as const);
    test.each(table)('%s', compareAnswers);
    test.each(table)('%s: the same audit events', compareEvents);
  });
});
