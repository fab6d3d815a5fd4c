import type { Objects } from '../../storage/objects.ts';
import { capturesOfName } from '../store/layout.ts';
import { type Indexed, readIndexed } from '../store/manifest.ts';
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
  const names = await lastParts(objects, `${prefix}objects/`);
  const ids = names.map(name => name.slice(0, -'.json'.length));
  return { objects, indexed: await readAll(objects, prefix, ids) };
}

/** What is indexed of some files, by their objectIds. */
export async function catalogOf(objects: Objects, prefix: string, files: string[]): Promise<Catalog> {
  return { objects, indexed: await readAll(objects, prefix, files) };
}

/** Of the Captures that have or had a name, by their uids: the objectIds of their files that are or were indexed. */
export async function capturesNamed(
  objects: Objects,
  prefix: string,
  { cluster, namespace, name }: { cluster: string; namespace: string; name: string },
): Promise<Map<string, string[]>> {
  const captures = new Map<string, string[]>();
  for (const part of await lastParts(objects, capturesOfName(prefix, cluster, namespace, name))) {
    const [uid = '', object = ''] = part.split('/').map(decodeURIComponent);
    captures.set(uid, [...(captures.get(uid) ?? []), object]);
  }
  return captures;
}

async function lastParts(objects: Objects, prefix: string): Promise<string[]> {
  const parts: string[] = [];
  for await (const { key } of objects.list(prefix)) parts.push(key.slice(prefix.length));
  return parts;
}

async function readAll(objects: Objects, prefix: string, ids: string[]): Promise<Indexed[]> {
  const found = await Promise.all(ids.map(id => readIndexed(objects, prefix, id)));
  return found.filter(indexed => indexed !== null).sort((a, b) => (a.origin.key < b.origin.key ? -1 : 1));
}

/** The files that hold the rows of a table. */
export function tableFiles(catalog: Catalog, table: TableName): TableFile[] {
  return catalog.indexed.flatMap(({ files }) => files.filter(file => file.table === table));
}
