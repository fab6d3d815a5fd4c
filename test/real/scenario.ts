/** The requests that the embedded cluster and a real API server must answer alike. */
import { isObject, type JsonObject } from '../../local/cluster/objects.ts';
import type { Send } from './control-plane.ts';

export interface Answer {
  code: number;
  /** The answer as JSON; each line of a watch is an event in `events`. */
  body: JsonObject;
}

/** What earlier steps were answered, by their names. */
export type Earlier = (name: string) => Answer;

export interface Request {
  method: string;
  path: string;
  body?: unknown;
  type?: string;
  headers?: Record<string, string>;
}

export interface Step {
  name: string;
  request: Request | ((earlier: Earlier) => Request);
  /** The step is sent again until this holds: for what a controller does in its own time. */
  until?: (answer: Answer) => boolean;
  /** Where the two differ, and why: both sides of each difference are asserted. */
  differs?: Difference[];
  /** Only the code, and the reason of a Status, are compared; says why. */
  onlyCode?: string;
  /** Why the audit events are not compared. */
  audit?: string;
  /** Both codes, where they differ too. */
  codes?: { ours: number; real: number };
}

export interface Difference {
  path: string;
  ours: unknown;
  real: unknown;
  why: string;
}

export function at(value: unknown, path: string): unknown {
  return path
    .split('/')
    .reduce(
      (here: unknown, key) => (isObject(here) || Array.isArray(here) ? (here as JsonObject)[key] : undefined),
      value,
    );
}

/** Sends every step in order. Answers by the names of the steps. */
export async function play(steps: Step[], send: Send): Promise<Map<string, Answer>> {
  const answers = new Map<string, Answer>();
  const earlier: Earlier = name => {
    const answer = answers.get(name);
    if (answer === undefined) throw new Error(`no step before is named "${name}"`);
    return answer;
  };
  for (const step of steps) {
    const request = typeof step.request === 'function' ? step.request(earlier) : step.request;
    const deadline = Date.now() + 60_000;
    let answer = await once(step.name, request, send);
    while (step.until && !step.until(answer)) {
      if (Date.now() > deadline)
        throw new Error(`${step.name}: still ${answer.code} ${JSON.stringify(answer.body)}`);
      await new Promise(done => setTimeout(done, 50));
      answer = await once(step.name, request, send);
    }
    answers.set(step.name, answer);
  }
  return answers;
}

/** What of an audit event must be alike: everything but times, ids, users, and what the bodies hold. */
export interface Shape {
  keys: string[];
  level: unknown;
  stage: unknown;
  verb: unknown;
  objectRef: unknown;
  responseStatus: unknown;
}

/** The events of each step, which are known by the user agent that the step was sent with. Repeats are left out. */
export function shapes(log: string): Map<string, Shape[]> {
  const found = new Map<string, Shape[]>();
  for (const line of log.trim().split('\n')) {
    const event = JSON.parse(line) as JsonObject;
    const [, step] = /^conformance\/1 (.*)$/.exec(String(event.userAgent)) ?? [];
    if (step === undefined) continue;
    const { level, stage, verb, responseStatus } = event;
    const objectRef = mask(event.objectRef);
    const shape = { keys: Object.keys(event).sort(), level, stage, verb, objectRef, responseStatus };
    found.set(step, distinct([...(found.get(step) ?? []), shape]));
  }
  return found;
}

async function once(
  name: string,
  { method, path, body, type, headers }: Request,
  send: Send,
): Promise<Answer> {
  const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
  const all = {
    accept: 'application/json',
    'user-agent': `conformance/1 ${name}`,
    ...(text !== undefined && { 'content-type': type ?? 'application/json' }),
    ...headers,
  };
  const { code, text: answered } = await send(method, path, text, all);
  if (path.includes('watch=') && code === 200)
    return {
      code,
      body: {
        events: answered
          .trim()
          .split('\n')
          .filter(Boolean)
          .map(line => JSON.parse(line) as unknown),
      },
    };
  try {
    return { code, body: JSON.parse(answered) as JsonObject };
  } catch {
    return { code, body: { text: answered.trim() } };
  }
}

const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;
const uid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

/**
 * What no two servers have alike is masked: uids, times, revisions, generated suffixes, tokens, addresses. Of
 * managedFields the managers are compared and not their field trees (test/local/cluster/managed-fields.test.ts has those).
 */
export function mask(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) {
    if (key === 'managedFields') return distinct(value.map(managerOf)).sort();
    return key === 'causes' ? distinct(value.map(item => mask(item))) : value.map(item => mask(item));
  }
  if (isObject(value))
    return Object.fromEntries(
      Object.entries(value)
        .filter(([name]) => !admitted.includes(name))
        .map(([name, item]) => [name, mask(item, name)]),
    );
  if (key === 'resourceVersion' && value !== '') return '<revision>';
  if (key === 'continue') return '<token>';
  if (key === 'clusterIP') return '<address>';
  if (typeof value !== 'string') return value;
  if (time.test(value)) return '<time>';
  return value
    .replace(uid, '<uid>')
    .replace(/^(generated-)[a-z0-9]{5}$/, '$1<suffix>')
    .replace(/(too old resource version: )\d+ \(\d+\)/, '$1<revision>')
    .replace(/(match the ResourceVersion in record )\(\d+\)/, '$1(<revision>)');
}

/** What the ServiceAccount admission plug-in sets, which here has no controller to make its tokens. */
const admitted = ['serviceAccount', 'serviceAccountName'];

/** Each once: the real server finds some faults twice, and before 1.22 does not tell a subresource's manager apart. */
function distinct<T>(values: T[]): T[] {
  return [...new Map(values.map(value => [JSON.stringify(value), value])).values()];
}

function managerOf(entry: unknown): string {
  return `${at(entry, 'manager')} ${at(entry, 'operation')} ${at(entry, 'apiVersion')}`;
}
