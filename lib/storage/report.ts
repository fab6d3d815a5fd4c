import { z } from '../schemas.ts';

/**
 * What the capture program leaves in its termination message (at most 4096 bytes of JSON): the claim which
 * reconcile proves against the stored objects before it calls a Capture complete.
 */
export const Report = z.object({
  version: z.literal(1),
  file: z.string(), // <capture>-<node>-<YYYYMMDDhhmmss>UTC.tar.gz
  packets: z.int().check(z.nonnegative()), // captured, as tcpdump reported
  dropped: z.int().check(z.nonnegative()), // by the kernel
  bytes: z.int().check(z.nonnegative()), // of the tar.gz
  sha256: z.string(), // of the tar.gz, lower-case hex
  crc32: z.string(), // of the tar.gz, base64 of the 4 big-endian bytes: S3's FULL_OBJECT CRC32
  outputs: z.array(
    z.discriminatedUnion('type', [
      z.object({ type: z.literal('HostPath'), path: z.string() }),
      z.object({ type: z.literal('PersistentVolumeClaim'), path: z.string() }),
      z.object({ type: z.literal('BlobUpload'), url: z.string() }), // without its query
      z.object({ type: z.literal('S3Upload'), bucket: z.string(), key: z.string(), etag: z.string() }),
    ]),
  ),
  warnings: z.optional(z.array(z.string())),
  error: z.optional(z.string()), // the step that failed, in a sentence
});

export type Report = z.infer<typeof Report>;

/** User metadata of an uploaded archive (x-amz-meta-…): whose file it says it is, since names cannot be split. */
export const OBJECT_METADATA = {
  cluster: 'capture-cluster',
  namespace: 'capture-namespace',
  name: 'capture-name',
  uid: 'capture-uid',
  node: 'capture-node',
} as const;
