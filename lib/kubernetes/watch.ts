import type { IncomingMessage } from 'node:http';
import type { V1Status } from '@kubernetes/client-node';
import type { Resource } from './client.ts';
import { errorFrom } from './errors.ts';

export interface WatchEvent<T extends Resource> {
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  object: T;
}

const MAX_LINE = 16 * 1024 * 1024;

/** The events of a watch's body: one JSON object a line. A server's ERROR event is thrown as its error. */
export async function* readWatch<T extends Resource>(answer: IncomingMessage): AsyncIterable<WatchEvent<T>> {
  const code = answer.statusCode ?? 0;
  answer.setEncoding('utf8');
  let rest = '';
  for await (const chunk of answer as AsyncIterable<string>) {
    rest += chunk;
    if (rest.length > MAX_LINE) throw new Error(`watch event is larger than ${MAX_LINE} characters`);
    if (code !== 200) continue;
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.trim() !== '') yield parseEvent<T>(line);
  }
  if (code !== 200) throw errorFrom(code, rest, answer.headers['retry-after'], Date.now());
}

function parseEvent<T extends Resource>(line: string): WatchEvent<T> {
  const event = JSON.parse(line) as WatchEvent<T> | { type: 'ERROR'; object: V1Status };
  if (event.type !== 'ERROR') return event;
  throw errorFrom(
    event.object.code ?? 500,
    JSON.stringify({ ...event.object, kind: 'Status' }),
    undefined,
    Date.now(),
  );
}
