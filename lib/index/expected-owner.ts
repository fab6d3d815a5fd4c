import { ExpectedFiles, expectedKey, parseExpectedPointer, pointersTo } from '../storage/expected.ts';
import type { ObjectHead, Objects } from '../storage/objects.ts';
import { OBJECT_METADATA } from '../storage/report.ts';

/** Whose a file is. */
export type Owner = Pick<ExpectedFiles, 'cluster' | 'uid' | 'namespace' | 'name'> & { node: string };

export async function loadExpected(
  objects: Objects,
  prefix: string,
  cluster: string,
  uid: string,
): Promise<ExpectedFiles | undefined> {
  const body = await objects.get(expectedKey(prefix, cluster, uid));
  return body && ExpectedFiles.parse(JSON.parse(new TextDecoder().decode(body)));
}

/**
 * The Capture that awaits a file at this key; undefined when none does. Of several it is the one that the file says it
 * belongs to: metadata alone proves nothing, as whoever can upload can write it.
 */
export async function expectedOwner(
  objects: Objects,
  prefix: string,
  key: string,
  head: ObjectHead,
): Promise<Owner | undefined> {
  const pointers = pointersTo(prefix, key);
  if (pointers === undefined) return undefined;
  const said = head.metadata[OBJECT_METADATA.uid];
  const owners: Owner[] = [];
  for await (const pointer of objects.list(pointers)) {
    const capture = parseExpectedPointer(pointer.key);
    if (!capture || (said !== undefined && said !== capture.uid)) continue;
    const expected = await loadExpected(objects, prefix, capture.cluster, capture.uid);
    const owner = expected && ownerAmong(expected, key, head);
    if (owner) owners.push(owner);
  }
  return owners.length === 1 ? owners[0] : undefined;
}

function ownerAmong(expected: ExpectedFiles, key: string, head: ObjectHead): Owner | undefined {
  const { cluster, uid, namespace, name, startTime, nodes } = expected;
  if (head.modified !== undefined && head.modified.getTime() < Date.parse(startTime)) return undefined;
  const found = nodes.find(({ keys }) => keys.includes(key));
  return found && { cluster, uid, namespace, name, node: found.node };
}
