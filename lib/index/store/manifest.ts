import { z } from '../../schemas.ts';
import type { Objects } from '../../storage/objects.ts';
import { manifestKey } from './layout.ts';

const TableFile = z.object({
  table: z.enum(['conn', 'dns', 'ssl', 'http', 'weird', 'packets', 'findings', 'capture']),
  key: z.string(),
  rows: z.int().check(z.nonnegative()),
  bytes: z.int().check(z.nonnegative()),
});

/** Whose file it is; the Capture's fields are absent for a file that no Capture made. */
const Origin = z.object({
  bucket: z.string(),
  key: z.string(),
  etag: z.string(),
  version: z.optional(z.string()), // of a versioned bucket
  size: z.int().check(z.nonnegative()),
  cluster: z.string(),
  namespace: z.optional(z.string()),
  name: z.optional(z.string()),
  uid: z.optional(z.string()),
  node: z.optional(z.string()),
});
export type Origin = z.infer<typeof Origin>;

const Summary = z.object({
  file: z.string(),
  packets: z.int(),
  bytes: z.int(),
  flows: z.int(),
  firstPacket: z.nullable(z.string()),
  lastPacket: z.nullable(z.string()),
  linkTypes: z.array(z.string()),
  partial: z.union([z.literal(false), z.string()]),
  duplicates: z.int(),
  retransmissions: z.int(),
  dnsTransactions: z.int(),
  tlsHandshakes: z.int(),
  httpRequests: z.int(),
  findings: z.int(),
});

const IndexedFinding = z.object({ id: z.string(), data: z.record(z.string(), z.unknown()) });
export type IndexedFinding = z.infer<typeof IndexedFinding>;

const Indexed = z.object({
  origin: Origin,
  files: z.array(TableFile),
  positions: z.string(), // key of its Positions
  archive: z.nullable(z.object({ key: z.string(), bytes: z.int() })), // to cut from, where the file itself cannot be cut
  uids: z.string(), // what the uids of its flows begin with
  summary: Summary,
  findings: z.array(IndexedFinding), // worst first
  snapshots: z.int(), // how many identity snapshots were known
  indexedAt: z.string(), // RFC 3339
});
/** One version of an uploaded file, indexed. */
export type Indexed = z.infer<typeof Indexed>;

const Manifest = z.object({
  version: z.literal(1),
  sequencer: z.string(), // of the newest event that took effect; "" before the first
  current: z.nullable(Indexed), // null: not indexed yet, or deleted
  garbage: z.array(z.object({ key: z.string(), sequencer: z.string() })), // in no current version, or not yet
});
/** What an index holds of one uploaded file. The only truth about it: table files that it does not name are not rows. */
export type Manifest = z.infer<typeof Manifest>;

const NONE: Manifest = { version: 1, sequencer: '', current: null, garbage: [] };

/** A manifest as read, with what makes a later write conditional on nobody having written in between. */
export interface HeldManifest {
  manifest: Manifest;
  condition: { ifMatch: string } | { ifNoneMatch: '*' };
}

export async function readManifest(objects: Objects, prefix: string, object: string): Promise<HeldManifest> {
  const key = manifestKey(prefix, object);
  // The tag first: should a write come between, the body is newer than the tag and our own write is refused.
  const head = await objects.head(key);
  const body = head && (await objects.get(key));
  if (!body) return { manifest: NONE, condition: { ifNoneMatch: '*' } };
  return { manifest: parseManifest(body), condition: { ifMatch: head.etag } };
}

/** What is indexed of a file, for who only reads. */
export async function readIndexed(objects: Objects, prefix: string, object: string): Promise<Indexed | null> {
  const body = await objects.get(manifestKey(prefix, object));
  return body ? parseManifest(body).current : null;
}

function parseManifest(body: Uint8Array): Manifest {
  return Manifest.parse(JSON.parse(new TextDecoder().decode(body)));
}

/** As it is held from now on; undefined when somebody else has written since `held` was read. */
export async function writeManifest(
  objects: Objects,
  prefix: string,
  object: string,
  held: HeldManifest,
  manifest: Manifest,
): Promise<HeldManifest | undefined> {
  const etag = await objects.put(manifestKey(prefix, object), JSON.stringify(manifest), {
    contentType: 'application/json',
    ...held.condition,
  });
  return etag === undefined ? undefined : { manifest, condition: { ifMatch: etag } };
}
