import type { Objects } from '../../storage/objects.ts';
import { markerPrefix, objectOfMarker } from '../store/layout.ts';
import { type Indexed, readManifest } from '../store/manifest.ts';
import type { TableFile } from '../store/table-files.ts';
import type { TableName } from '../table.ts';

/** An index to read: a place, and the files of captures in it that are asked for. */
export interface Catalog {
  objects: Objects;
  indexed: Indexed[];
  folder?: string; // where the objects are files on this machine
}

/** Everything in an index. */
export async function wholeCatalog(objects: Objects, prefix: string): Promise<Catalog> {
  const ids: string[] = [];
  for await (const { key } of objects.list(`${prefix}objects/`)) {
    ids.push(key.slice(key.lastIndexOf('/') + 1, -'.json'.length));
  }
  return { objects, indexed: await readAll(objects, prefix, ids) };
}

/** What is indexed of one Capture; `uid` leaves out earlier Captures of the same name. */
export async function captureCatalog(
  objects: Objects,
  prefix: string,
  capture: { cluster: string; namespace: string; name: string; uid?: string },
): Promise<Catalog> {
  const ids: string[] = [];
  for await (const { key } of objects.list(
    markerPrefix(prefix, capture.cluster, capture.namespace, capture.name),
  )) {
    ids.push(objectOfMarker(key));
  }
  const indexed = await readAll(objects, prefix, ids);
  const { uid } = capture;
  return { objects, indexed: uid ? indexed.filter(({ origin }) => origin.uid === uid) : indexed };
}

async function readAll(objects: Objects, prefix: string, ids: string[]): Promise<Indexed[]> {
  const found = await Promise.all(ids.map(id => readManifest(objects, prefix, id)));
  return found
    .map(({ manifest }) => manifest.current)
    .filter(current => current !== null)
    .sort((a, b) => (a.origin.key < b.origin.key ? -1 : 1));
}

/** The files that hold the rows of a table. */
export function tableFiles(catalog: Catalog, table: TableName): TableFile[] {
  return catalog.indexed.flatMap(({ files }) => files.filter(file => file.table === table));
}
