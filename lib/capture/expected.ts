import { archiveKey, type ExpectedFiles, expectedKey, expectedPointer } from '../storage/expected.ts';
import type { Objects } from '../storage/objects.ts';
import type { Frozen } from './frozen.ts';
import { fileName, timestampName } from './names.ts';
import type { Capture, CaptureSpec } from './resource.ts';

/** Whether the files go to this bucket, where they can be looked at. */
export function uploadsTo(bucket: string, { outputConfiguration: { s3Upload } }: CaptureSpec): boolean {
  return s3Upload !== undefined && s3Upload.bucket === bucket && !s3Upload.endpoint;
}

/** Where our program and Retina's stock image (which adds the folder of its temporary file) put a node's archive. */
export function expectedKeys(capture: Capture, spec: CaptureSpec, node: string, startTime: string): string[] {
  const path = spec.outputConfiguration.s3Upload?.path ?? '';
  const file = `${fileName(capture.metadata.name, node, startTime)}.tar.gz`;
  const isAbsolute = path === '' || path.startsWith('/');
  return [archiveKey(path, file), `${isAbsolute ? '/' : ''}${archiveKey(`${path}/tmp`, file)}`];
}

/** Tells the index which files of its bucket are this Capture's. What was told before stays as it is. */
export async function storeExpected(
  objects: Objects,
  prefix: string,
  cluster: string,
  capture: Capture,
  { spec, startTime, targets }: Frozen,
): Promise<void> {
  if (!uploadsTo(objects.bucket, spec)) return;
  const { namespace, name, uid } = capture.metadata;
  const expected: ExpectedFiles = {
    version: 1,
    cluster,
    namespace,
    name,
    uid,
    startTime,
    nodes: targets.map(({ node }) => ({ node, keys: expectedKeys(capture, spec, node, startTime) })),
  };
  await objects.put(expectedKey(prefix, cluster, uid), JSON.stringify(expected), {
    contentType: 'application/json',
    ifNoneMatch: '*',
  });
  await objects.put(expectedPointer(prefix, timestampName(startTime), cluster, uid), '');
}
