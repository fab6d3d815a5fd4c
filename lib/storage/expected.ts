import { z } from '../schemas.ts';

/**
 * The files that a Capture's nodes are to upload to the bucket of the index, written by reconcile: this tells whose a file
 * is. Stored as JSON at {@link expectedKey}.
 */
export const ExpectedFiles = z.object({
  version: z.literal(1),
  cluster: z.string(),
  namespace: z.string(),
  name: z.string(),
  uid: z.string(),
  startTime: z.string(), // RFC 3339, whole seconds; no file is older
  nodes: z.array(z.object({ node: z.string(), keys: z.array(z.string()) })), // each has one file, at one of the keys
});
export type ExpectedFiles = z.infer<typeof ExpectedFiles>;

/** `<path>/<file>`, without a leading slash, empty segments or ".": where our capture program puts a node's archive. */
export function archiveKey(path: string, file: string): string {
  return [...path.split('/').filter(segment => segment !== '' && segment !== '.'), file].join('/');
}

/** Where they lie, below the index prefix ("index/"). */
export function expectedKey(prefix: string, cluster: string, captureUid: string): string {
  return `${prefix}expected/cluster=${encodeURIComponent(cluster)}/capture=${captureUid}.json`;
}

/** An empty object by which they are found from the time in a file's name. */
export function expectedPointer(prefix: string, time: string, cluster: string, captureUid: string): string {
  return `${prefix}expected/started=${time}/cluster=${encodeURIComponent(cluster)}/capture=${captureUid}`;
}

/** What the keys of all pointers begin with that a file can be found by; undefined for a file named otherwise. */
export function pointersTo(prefix: string, key: string): string | undefined {
  const time = /-(\d{14}UTC)\.tar\.gz$/.exec(key)?.[1];
  return time && `${prefix}expected/started=${time}/`;
}

export function parseExpectedPointer(key: string): { cluster: string; uid: string } | undefined {
  const match = /\/cluster=([^/]+)\/capture=([^/]+)$/.exec(key);
  return match ? { cluster: decodeURIComponent(match[1]!), uid: match[2]! } : undefined;
}
