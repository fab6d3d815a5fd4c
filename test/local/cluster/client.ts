/** A plain client of a Kubernetes API for these tests: one request, one answer, nothing hidden. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JsonObject } from '../../../local/cluster/objects.ts';
import { type AuditEvent, type ClusterOptions, startCluster } from '../../../local/cluster/server.ts';

export interface Answer {
  code: number;
  /** A JSON object, or the text under `text`. */
  body: JsonObject;
  headers: Headers;
}

export type Call = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
) => Promise<Answer>;

export function client(url: string): Call {
  return async (method, path, body, headers = {}) => {
    const response = await fetch(url + path, {
      method,
      headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const json = response.headers.get('content-type')?.startsWith('application/json');
    return { code: response.status, body: json ? JSON.parse(text) : { text }, headers: response.headers };
  };
}

/** What lies at a path such as `metadata.labels.app` or `items.0.metadata.name`. */
export function get(value: unknown, path: string): unknown {
  return path.split('.').reduce((here: unknown, key) => (here as JsonObject | undefined)?.[key], value);
}

/** The names of the objects in a list. */
export function names({ body }: Answer): unknown[] {
  return (body.items as unknown[]).map(item => get(item, 'metadata.name'));
}

export interface TestCluster {
  url: string;
  dataDir: string;
  call: Call;
  audit: AuditEvent[];
  /** Closes it, and begins again on the same data. */
  restart(): Promise<TestCluster>;
  close(): Promise<void>;
}

/** A cluster in a folder of its own, which goes with it. */
export async function testCluster(options: Partial<ClusterOptions> = {}): Promise<TestCluster> {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'cluster-'));
  const audit: AuditEvent[] = [];
  const started = startCluster({ ...options, dataDir, onAudit: event => audit.push(event) });
  const cluster = await started.catch(error => {
    rmSync(dataDir, { recursive: true });
    throw error;
  });
  return {
    url: cluster.url,
    dataDir,
    call: client(cluster.url),
    audit,
    async restart() {
      await cluster.close();
      return testCluster({ ...options, dataDir });
    },
    async close() {
      await cluster.close();
      rmSync(dataDir, { recursive: true });
    },
  };
}

/** Asks until the answer is as wanted; fails after five seconds with the last one. */
export async function eventually(
  ask: () => Promise<Answer>,
  wanted: (answer: Answer) => boolean,
): Promise<Answer> {
  const deadline = Date.now() + 5000;
  for (;;) {
    const answer = await ask();
    if (wanted(answer)) return answer;
    if (Date.now() > deadline) throw new Error(`still ${answer.code} ${JSON.stringify(answer.body)}`);
    await new Promise(resolve => setTimeout(resolve, 20));
  }
}

export const merge = { 'content-type': 'application/merge-patch+json' };
export const json = { 'content-type': 'application/json-patch+json' };
export const strategic = { 'content-type': 'application/strategic-merge-patch+json' };
export const applyYaml = { 'content-type': 'application/apply-patch+yaml' };
