import type { ObjectHead, Objects } from '../storage/objects.ts';
import type { Report } from '../storage/report.ts';
import { expectedKeys, uploadsTo } from './expected.ts';
import type { Capture, CaptureSpec } from './resource.ts';

/**
 * Whether the files of one node are where they should be: `proven` against the stored object, `reported` by the
 * capture program where we cannot look (another store, a claim), `unverified` when nothing says so (the stock
 * image leaves no report), or `missing`.
 */
export interface Proof {
  node: string;
  state: 'proven' | 'reported' | 'unverified' | 'missing';
  detail?: string; // of a missing file: what was expected and what was found
}

interface Claim {
  capture: Capture;
  spec: CaptureSpec;
  startTime: string;
  node: string;
  report: Report | undefined;
}

export async function proveUpload(claim: Claim, objects: Objects): Promise<Proof> {
  const { node, report, spec } = claim;
  if (uploadsTo(objects.bucket, spec)) {
    const detail = await problemOf(claim, objects);
    return detail ? { node, state: 'missing', detail } : { node, state: 'proven' };
  }
  if (!hasRemoteOutput(spec)) return { node, state: report ? 'reported' : 'unverified' };
  return { node, state: report && reportsAll(spec, report) ? 'reported' : 'unverified' };
}

/** Why the object cannot be called this node's file; undefined when it is. */
async function problemOf(claim: Claim, objects: Objects): Promise<string | undefined> {
  const { capture, spec, node, startTime } = claim;
  const said = claim.report?.outputs.find(output => output.type === 'S3Upload');
  const keys = said ? [said.key] : expectedKeys(capture, spec, node, startTime);
  for (const key of keys) {
    const head = await objects.head(key);
    if (!head) continue;
    const difference = differs(head, claim);
    return difference && `s3://${objects.bucket}/${key} ${difference}`;
  }
  return `s3://${objects.bucket}/${keys[0]} is not there`;
}

function differs(head: ObjectHead, { report, startTime }: Claim): string | undefined {
  if (!report) {
    const old = head.modified !== undefined && head.modified.getTime() < Date.parse(startTime);
    return old ? 'is older than this Capture' : head.size === 0 ? 'is empty' : undefined;
  }
  if (head.size !== report.bytes) return `has ${head.size} bytes, but ${report.bytes} were written`;
  if (head.crc32 !== undefined && head.crc32 !== report.crc32)
    return 'has another checksum than what was written';
  return undefined;
}

export function hasRemoteOutput({
  outputConfiguration: { s3Upload, blobUpload, persistentVolumeClaim },
}: CaptureSpec) {
  return Boolean(s3Upload || blobUpload || persistentVolumeClaim);
}

function reportsAll({ outputConfiguration }: CaptureSpec, { outputs }: Report): boolean {
  const has = (type: string) => outputs.some(output => output.type === type);
  return (
    (!outputConfiguration.s3Upload || has('S3Upload')) &&
    (!outputConfiguration.blobUpload || has('BlobUpload')) &&
    (!outputConfiguration.persistentVolumeClaim || has('PersistentVolumeClaim'))
  );
}
