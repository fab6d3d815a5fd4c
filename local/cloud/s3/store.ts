import { randomBytes } from 'node:crypto';
import type { Database } from '../database.ts';
import { AwsError } from '../errors.ts';
import type { Blobs, Segment } from './blobs.ts';
import type { Checksums } from './checksums.ts';

export interface Bucket {
  name: string;
  created: number; // ms
  eventBridge: boolean;
  versioned: boolean;
}

export interface StoredObject {
  bucket: string;
  key: string;
  version: string;
  size: number;
  etag: string; // without quotes
  modified: number; // ms
  sequencer: string;
  headers: Record<string, string>; // as given: content-type, x-amz-meta-…
  checksums: Checksums;
  segments: Segment[];
}

/** What happened to an object, for whoever tells the bus. */
export interface ObjectChange {
  kind: 'Object Created' | 'Object Deleted';
  object: StoredObject;
  bucket: Bucket;
  reason: 'PutObject' | 'CopyObject' | 'CompleteMultipartUpload' | 'DeleteObject';
  requestId: string;
}

export type NewObject = Omit<StoredObject, 'version' | 'modified' | 'sequencer'>;

type Row = Omit<StoredObject, 'headers' | 'checksums' | 'segments'> &
  Record<'headers' | 'checksums' | 'segments', string>;

const fromRow = (row: Row): StoredObject => ({
  ...row,
  headers: JSON.parse(row.headers),
  checksums: JSON.parse(row.checksums),
  segments: JSON.parse(row.segments),
});

/**
 * Buckets and the current version of each object. Older versions are not kept: a version id tells one upload from
 * the next, which is all that the product asks of it.
 */
export class ObjectStore {
  readonly #database: Database;
  readonly #blobs: Blobs;
  readonly #changed: (change: ObjectChange) => void;
  #sequence: number;

  /** @param changed called within the transaction of the change, so that its event is as durable as the object */
  constructor(database: Database, blobs: Blobs, changed: (change: ObjectChange) => void) {
    this.#database = database;
    this.#blobs = blobs;
    this.#changed = changed;
    const last = database.get<{ last: string | null }>('SELECT max(sequencer) AS last FROM objects')?.last;
    this.#sequence = last ? Number.parseInt(last, 16) : 0;
    const known = new Set<string>();
    for (const { segments } of database.all<Row>('SELECT segments FROM objects')) {
      for (const { blob } of JSON.parse(segments) as Segment[]) known.add(blob);
    }
    for (const { blob } of database.all<{ blob: string }>('SELECT blob FROM parts')) known.add(blob);
    blobs.keepOnly(known);
  }

  createBucket(name: string, { eventBridge = false, versioned = false } = {}) {
    if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name)) {
      throw new AwsError('InvalidBucketName', 400, 'The specified bucket is not valid.');
    }
    this.#database.run(
      `INSERT INTO buckets VALUES (?, ?, ?, ?)
       ON CONFLICT (name) DO UPDATE SET event_bridge = excluded.event_bridge, versioned = excluded.versioned`,
      name,
      Date.now(),
      Number(eventBridge),
      Number(versioned),
    );
  }

  buckets(): Bucket[] {
    return this.#database
      .all<{ name: string; created: number; event_bridge: number; versioned: number }>(
        'SELECT * FROM buckets ORDER BY name',
      )
      .map(row => ({
        name: row.name,
        created: row.created,
        eventBridge: row.event_bridge === 1,
        versioned: row.versioned === 1,
      }));
  }

  findBucket(name: string): Bucket | undefined {
    return this.buckets().find(bucket => bucket.name === name);
  }

  bucket(name: string): Bucket {
    const bucket = this.findBucket(name);
    if (!bucket) throw new AwsError('NoSuchBucket', 404, 'The specified bucket does not exist');
    return bucket;
  }

  deleteBucket(name: string) {
    this.bucket(name);
    if (this.#database.get('SELECT 1 FROM objects WHERE bucket = ? LIMIT 1', name)) {
      throw new AwsError('BucketNotEmpty', 409, 'The bucket you tried to delete is not empty');
    }
    this.#database.run('DELETE FROM buckets WHERE name = ?', name);
  }

  find(bucket: string, key: string): StoredObject | undefined {
    this.bucket(bucket);
    const row = this.#database.get<Row>('SELECT * FROM objects WHERE bucket = ? AND key = ?', bucket, key);
    return row && fromRow(row);
  }

  /** At most `limit` objects whose key is greater than `after` and at least `from`, in the order of UTF-8 bytes. */
  list(bucket: string, after: string, from: string, limit: number): StoredObject[] {
    return this.#database
      .all<Row>(
        'SELECT * FROM objects WHERE bucket = ? AND key > ? AND key >= ? ORDER BY key LIMIT ?',
        bucket,
        after,
        from,
        limit,
      )
      .map(fromRow);
  }

  /**
   * Makes `object` the current one of its key.
   * @param condition throws if the object that it would replace is not as the client demands
   */
  put(
    object: NewObject,
    reason: ObjectChange['reason'],
    requestId: string,
    condition: (current: StoredObject | undefined) => void,
  ): StoredObject {
    const bucket = this.bucket(object.bucket);
    let replaced: StoredObject | undefined;
    const stored: StoredObject = {
      ...object,
      version: bucket.versioned ? randomBytes(24).toString('base64url') : 'null',
      modified: Date.now(),
      sequencer: this.#nextSequencer(),
    };
    this.#database.transaction(() => {
      replaced = this.find(object.bucket, object.key);
      condition(replaced);
      this.#database.insert('INSERT OR REPLACE', 'objects', {
        ...stored,
        headers: JSON.stringify(stored.headers),
        checksums: JSON.stringify(stored.checksums),
        segments: JSON.stringify(stored.segments),
      });
      this.#changed({ kind: 'Object Created', object: stored, bucket, reason, requestId });
    });
    this.#blobs.delete((replaced?.segments ?? []).map(({ blob }) => blob));
    return stored;
  }

  /** Deleting what is not there succeeds, as with S3, and is no event. */
  delete(bucketName: string, key: string, requestId: string) {
    const bucket = this.bucket(bucketName);
    const object = this.find(bucketName, key);
    if (!object) return;
    this.#database.transaction(() => {
      this.#database.run('DELETE FROM objects WHERE bucket = ? AND key = ?', bucketName, key);
      const deleted = { ...object, sequencer: this.#nextSequencer() };
      this.#changed({ kind: 'Object Deleted', object: deleted, bucket, reason: 'DeleteObject', requestId });
    });
    this.#blobs.delete(object.segments.map(({ blob }) => blob));
  }

  /** Grows with every write, through restarts too: 18 hex digits, as S3's have today. */
  #nextSequencer(): string {
    this.#sequence = Math.max(this.#sequence + 1, Date.now() * 4096);
    return this.#sequence.toString(16).toUpperCase().padStart(18, '0');
  }
}
