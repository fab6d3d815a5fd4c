import { createHash } from 'node:crypto';
import type { TableName } from '../table.ts';

/*
 * Where everything of an index lies, below its prefix ("index/" in the bucket, "" in a local folder):
 *
 *   table=conn/cluster=C/day=YYYY-MM-DD/capture=<capture>.<object>.<version>.parquet   (Hive partitions)
 *   objects/<object>.json                      what is indexed of one uploaded file: its manifest
 *   archive/<object>.<version>.gz              a copy of a file that can be cut nowhere, as many gzip members
 *   captures/cluster=C/uid=UID/<object>        empty; finds the manifests of a Capture
 *   captures/cluster=C/namespace=N/name=NAME/<uid>/<object>   empty; the same by name, of all Captures that had it
 *   positions/<object>.<version>.json.gz       how to reach its packets by ranged reads
 */

/** Sixteen hexadecimal digits that stand for an uploaded file, whatever its version. */
export function objectId(bucket: string, key: string): string {
  return digest(`${bucket}/${key}`);
}

/** Sixteen hexadecimal digits that stand for one version of an uploaded file. */
export function versionId(sequencer: string, etag: string): string {
  return digest(`${sequencer} ${etag}`);
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/** Which file of which version of which capture a table file belongs to. */
export interface FileIdentity {
  cluster: string;
  capture: string; // uid of the Capture, or a name for a local file
  object: string; // objectId
  version: string; // versionId
}

export function tableKey(prefix: string, table: TableName, day: string, of: FileIdentity): string {
  const name = `capture=${segment(of.capture)}.${of.object}.${of.version}.parquet`;
  return `${prefix}table=${table}/cluster=${segment(of.cluster)}/day=${day}/${name}`;
}

export function manifestKey(prefix: string, object: string): string {
  return `${prefix}objects/${object}.json`;
}

/** Below this lies a marker for each indexed file of a Capture, named by its objectId. */
export function filesOfCapture(prefix: string, cluster: string, uid: string): string {
  return `${prefix}captures/cluster=${segment(cluster)}/uid=${segment(uid)}/`;
}

/** Below this lies a marker for each indexed file of the Captures that have or had the name, named by uid and objectId. */
export function capturesOfName(prefix: string, cluster: string, namespace: string, name: string): string {
  return `${prefix}captures/cluster=${segment(cluster)}/namespace=${segment(namespace)}/name=${segment(name)}/`;
}

/** A copy of an archive in a form that can be cut. */
export function archiveKey(prefix: string, of: FileIdentity): string {
  return `${prefix}archive/${of.object}.${of.version}.gz`;
}

export function positionsKey(prefix: string, of: FileIdentity): string {
  return `${prefix}positions/${of.object}.${of.version}.json.gz`;
}

/** A part of a path that cannot leave its place: no slash, never "." or "..", at most 200 characters. */
function segment(text: string): string {
  const encoded = encodeURIComponent(text).replace(/^\.+/, dots => '%2E'.repeat(dots.length));
  return encoded.length <= 200 ? encoded || '_' : digest(text);
}
