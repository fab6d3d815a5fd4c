import { z } from '../schemas.ts';

const S3Event = z.object({
  source: z.literal('aws.s3'),
  'detail-type': z.enum(['Object Created', 'Object Deleted']),
  detail: z.object({
    bucket: z.object({ name: z.string() }),
    object: z.object({
      key: z.string(), // exact: EventBridge does not encode it
      sequencer: z.string().check(z.regex(/^[0-9A-Fa-f]{1,64}$/)),
      'version-id': z.optional(z.string()),
    }),
    'deletion-type': z.optional(z.string()), // of a versioned bucket: Delete Marker Created, or Permanently Deleted
  }),
});

/** An object came or went; `sequencer` orders the events of one key. */
export interface ObjectEvent {
  type: 'created' | 'deleted';
  bucket: string;
  key: string;
  sequencer: string;
  version: string | undefined;
  permanently: boolean; // one version of several was deleted, which need not be the newest
}

/** An S3 event as EventBridge puts it on a queue; undefined for anything else. */
export function readObjectEvent(body: string): ObjectEvent | undefined {
  const result = S3Event.safeParse(parseJson(body));
  if (!result.success) return undefined;
  const { bucket, object, 'deletion-type': deletion } = result.data.detail;
  return {
    type: result.data['detail-type'] === 'Object Created' ? 'created' : 'deleted',
    bucket: bucket.name,
    key: object.key,
    sequencer: object.sequencer,
    version: object['version-id'],
    permanently: deletion === 'Permanently Deleted',
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
