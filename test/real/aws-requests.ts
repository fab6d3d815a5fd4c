import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import * as S3 from '@aws-sdk/client-s3';
import * as SQS from '@aws-sdk/client-sqs';
import { Upload } from '@aws-sdk/lib-storage';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';

/** One AWS: the embedded one, or another implementation of the same protocols. */
export interface Aws {
  s3: S3.S3Client;
  sqs: SQS.SQSClient;
  events: EventBridgeClient;
}

/** The requests run in this order against each AWS; what `run` returns, or the error's name and status, is compared. */
export interface Request {
  name: string;
  run: (aws: Aws) => Promise<unknown>;
  /** Where moto does otherwise: why ours is right, and both answers, which are asserted. */
  otherwise?: { because: string; moto: unknown; ours: unknown };
}

export const BUCKET = 'compared';
const MiB = 1024 * 1024;
const big = Buffer.alloc(5 * MiB, 'x');

const put =
  (Key: string, Body: string | Buffer, more: Partial<S3.PutObjectCommandInput> = {}) =>
  async (aws: Aws) => {
    const { ETag, ChecksumCRC32 } = await aws.s3.send(
      new S3.PutObjectCommand({ Bucket: BUCKET, Key, Body, ...more }),
    );
    return { ETag, ChecksumCRC32 };
  };

/** A put that AWS refuses; where it is taken in nevertheless it is removed, so that later answers agree. */
const badPut =
  (Key: string, Body: string, more: Partial<S3.PutObjectCommandInput> = {}) =>
  async (aws: Aws) => {
    try {
      await put(Key, Body, more)(aws);
      return 'taken';
    } finally {
      await aws.s3.send(new S3.DeleteObjectCommand({ Bucket: BUCKET, Key })).catch(() => undefined);
    }
  };

const get =
  (Key: string, more: Partial<S3.GetObjectCommandInput> = {}) =>
  async (aws: Aws) => {
    const { Body, $metadata, ContentRange, ContentLength, ContentType, ContentEncoding, Metadata, ETag } =
      await aws.s3.send(new S3.GetObjectCommand({ Bucket: BUCKET, Key, ...more }));
    const body = await Body!.transformToString();
    const status = $metadata.httpStatusCode;
    return { status, body, ContentRange, ContentLength, ContentType, ContentEncoding, Metadata, ETag };
  };

const head =
  (Key: string, more: Partial<S3.HeadObjectCommandInput> = {}) =>
  async (aws: Aws) => {
    const { ETag, ContentLength, ContentType, Metadata, ChecksumCRC32 } = await aws.s3.send(
      new S3.HeadObjectCommand({ Bucket: BUCKET, Key, ...more }),
    );
    return { ETag, ContentLength, ContentType, Metadata, ChecksumCRC32 };
  };

const list = (more: Partial<S3.ListObjectsV2CommandInput>) => async (aws: Aws) => {
  const pages: unknown[] = [];
  let ContinuationToken: string | undefined;
  do {
    const page = await aws.s3.send(
      new S3.ListObjectsV2Command({
        Bucket: BUCKET,
        ...more,
        ...(ContinuationToken ? { ContinuationToken } : {}),
      }),
    );
    pages.push({
      keys: page.Contents?.map(({ Key, Size, ETag }) => [Key, Size, ETag]),
      prefixes: page.CommonPrefixes?.map(({ Prefix }) => Prefix),
      count: page.KeyCount,
      truncated: page.IsTruncated,
    });
    ContinuationToken = page.NextContinuationToken;
  } while (ContinuationToken);
  return pages;
};

const uploads = new WeakMap<Aws, string>();

const begin = (Key: string) => async (aws: Aws) => {
  const { UploadId, ...rest } = await aws.s3.send(
    new S3.CreateMultipartUploadCommand({ Bucket: BUCKET, Key }),
  );
  uploads.set(aws, UploadId!);
  return { bucket: rest.Bucket, key: rest.Key };
};
const part = (Key: string, PartNumber: number, Body: Buffer) => async (aws: Aws) => {
  const UploadId = uploads.get(aws) ?? 'none';
  return (await aws.s3.send(new S3.UploadPartCommand({ Bucket: BUCKET, Key, UploadId, PartNumber, Body })))
    .ETag;
};
const complete =
  (Key: string, ...parts: [number, Buffer | string][]) =>
  async (aws: Aws) => {
    const Parts = parts.map(([PartNumber, bytes]) => ({
      PartNumber,
      ETag: `"${createHash('md5').update(bytes).digest('hex')}"`,
    }));
    const UploadId = uploads.get(aws) ?? 'none';
    const command = new S3.CompleteMultipartUploadCommand({
      Bucket: BUCKET,
      Key,
      UploadId,
      MultipartUpload: { Parts },
    });
    return (await aws.s3.send(command)).ETag;
  };

const presigned = async (
  aws: Aws,
  command: S3.GetObjectCommand | S3.PutObjectCommand,
  init: RequestInit = {},
) => {
  const response = await fetch(
    await getSignedUrl(aws.s3, command as S3.GetObjectCommand, { expiresIn: 60 }),
    init,
  );
  return { status: response.status, body: response.status === 200 ? await response.text() : '' };
};

const S3_REQUESTS: Request[] = [
  {
    name: 'create the bucket',
    run: async ({ s3 }) => {
      const { $metadata } = await s3.send(new S3.CreateBucketCommand({ Bucket: BUCKET }));
      return $metadata.httpStatusCode;
    },
  },
  {
    name: 'tell EventBridge of it',
    run: async ({ s3 }) => {
      const NotificationConfiguration = { EventBridgeConfiguration: {} };
      const command = new S3.PutBucketNotificationConfigurationCommand({
        Bucket: BUCKET,
        NotificationConfiguration,
      });
      return (await s3.send(command)).$metadata.httpStatusCode;
    },
  },
  {
    name: 'head the bucket',
    run: async ({ s3 }) =>
      (await s3.send(new S3.HeadBucketCommand({ Bucket: BUCKET }))).$metadata.httpStatusCode,
  },
  {
    name: 'head a bucket that is not there',
    run: ({ s3 }) => s3.send(new S3.HeadBucketCommand({ Bucket: 'not-there' })),
  },
  {
    name: 'list a bucket that is not there',
    run: ({ s3 }) => s3.send(new S3.ListObjectsV2Command({ Bucket: 'not-there' })),
  },
  { name: 'list the empty bucket', run: list({}) },
  { name: 'put', run: put('a.txt', 'hello') },
  {
    name: 'put with headers and metadata',
    run: put('b.txt', 'hello', {
      ContentType: 'text/plain',
      ContentEncoding: 'identity',
      Metadata: { 'capture-name': 'demo' },
    }),
  },
  { name: 'put nothing', run: put('empty', Buffer.alloc(0)) },
  { name: 'get', run: get('a.txt') },
  { name: 'get with headers and metadata', run: get('b.txt') },
  { name: 'get nothing', run: get('empty') },
  { name: 'get what is not there', run: get('not-there') },
  {
    name: 'get from a bucket that is not there',
    run: ({ s3 }) => s3.send(new S3.GetObjectCommand({ Bucket: 'not-there', Key: 'x' })),
  },
  {
    name: 'get with other headers',
    run: get('a.txt', { ResponseContentType: 'text/x', ResponseContentDisposition: 'attachment' }),
    otherwise: {
      because: 'GetObject overrides response headers as its query says; moto does so in presigned URLs only',
      moto: { status: 200, ContentType: 'application/octet-stream' },
      ours: { status: 200, ContentType: 'text/x' },
    },
  },
  ...[
    'bytes=0-1',
    'bytes=3-',
    'bytes=-2',
    'bytes=-99',
    'bytes=1-99',
    'bytes=4-4',
    'bytes=5-',
    'bytes=9-12',
  ].map(Range => ({ name: `get ${Range}`, run: get('a.txt', { Range }) })),
  { name: 'head', run: head('b.txt') },
  { name: 'head with its checksum', run: head('a.txt', { ChecksumMode: 'ENABLED' }) },
  { name: 'head what is not there', run: head('not-there') },
  { name: 'get if it matches', run: get('a.txt', { IfMatch: '"5d41402abc4b2a76b9719d911017c592"' }) },
  { name: 'get if it matches another', run: get('a.txt', { IfMatch: '"other"' }) },
  {
    name: 'get if it does not match',
    run: get('a.txt', { IfNoneMatch: '"5d41402abc4b2a76b9719d911017c592"' }),
  },
  { name: 'get if it does not match another', run: get('a.txt', { IfNoneMatch: '"other"' }) },
  {
    name: 'get if modified since tomorrow',
    run: get('a.txt', { IfModifiedSince: new Date(Date.now() + 86_400_000) }),
  },
  { name: 'get if unmodified since long ago', run: get('a.txt', { IfUnmodifiedSince: new Date(0) }) },
  { name: 'put if nothing is there', run: put('once', '1', { IfNoneMatch: '*' }) },
  { name: 'put if nothing is there, again', run: put('once', '2', { IfNoneMatch: '*' }) },
  {
    name: 'put if it matches',
    run: put('once', '2', { IfMatch: `"${createHash('md5').update('1').digest('hex')}"` }),
  },
  { name: 'put if it matches another', run: put('once', '3', { IfMatch: '"other"' }) },
  { name: 'put if what is not there matches', run: put('not-there', '3', { IfMatch: '"other"' }) },
  { name: 'get what is left', run: get('once') },
  {
    name: 'put with a wrong Content-MD5',
    run: badPut('wrong', 'x', { ContentMD5: createHash('md5').update('y').digest('base64') }),
    otherwise: {
      because: 'moto checks no digest',
      moto: 'taken',
      ours: { refused: 'BadDigest', status: 400 },
    },
  },
  {
    name: 'put with a wrong CRC32',
    run: badPut('wrong', 'x', { ChecksumCRC32: 'AAAAAA==' }),
    otherwise: {
      because: 'moto checks no digest',
      moto: 'taken',
      ours: { refused: 'BadDigest', status: 400 },
    },
  },
  {
    name: 'put under a key of 1025 bytes',
    run: badPut('k'.repeat(1025), 'x'),
    otherwise: {
      because: 'a key has at most 1024 bytes; moto has no limit',
      moto: 'taken',
      ours: { refused: 'KeyTooLongError', status: 400 },
    },
  },
  {
    name: 'put metadata of 3 KB',
    run: badPut('meta', 'x', { Metadata: { a: 'x'.repeat(3000) } }),
    otherwise: {
      because: 'user metadata has at most 2 KB; moto has no limit',
      moto: 'taken',
      ours: { refused: 'MetadataTooLarge', status: 400 },
    },
  },
  ...['ü 日本.gz', 'a b+c&d', 'p%41q', 'x=1?y#z', '😀', 'dots/../up', 'a//b'].map(key => ({
    name: `put and get ${key}`,
    run: async (aws: Aws) => [await put(key, key)(aws), await get(key)(aws)],
  })),
  {
    name: 'copy',
    run: async (aws: Aws) => {
      await aws.s3.send(
        new S3.CopyObjectCommand({ Bucket: BUCKET, Key: 'copy', CopySource: `${BUCKET}/b.txt` }),
      );
      return get('copy')(aws);
    },
  },
  {
    name: 'copy what is not there',
    run: ({ s3 }) =>
      s3.send(new S3.CopyObjectCommand({ Bucket: BUCKET, Key: 'copy', CopySource: `${BUCKET}/not-there` })),
  },
  {
    name: 'fill a folder',
    run: async (aws: Aws) => {
      for (const key of ['f/1', 'f/2', 'f/g/1', 'f/g/2', 'f/h/1', 'f/z']) await put(key, 'x')(aws);
    },
  },
  { name: 'list a prefix', run: list({ Prefix: 'f/' }) },
  { name: 'list folders', run: list({ Prefix: 'f/', Delimiter: '/' }) },
  { name: 'list folders of the root', run: list({ Delimiter: '/' }) },
  { name: 'list by two', run: list({ Prefix: 'f/', MaxKeys: 2 }) },
  { name: 'list folders by two', run: list({ Prefix: 'f/', Delimiter: '/', MaxKeys: 2 }) },
  { name: 'list after', run: list({ Prefix: 'f/', StartAfter: 'f/g/1' }) },
  { name: 'list none', run: list({ Prefix: 'f/', MaxKeys: 0 }) },
  { name: 'list a prefix that nobody has', run: list({ Prefix: 'nobody/' }) },
  {
    name: 'delete',
    run: async ({ s3 }) =>
      (await s3.send(new S3.DeleteObjectCommand({ Bucket: BUCKET, Key: 'f/1' }))).$metadata.httpStatusCode,
  },
  {
    name: 'delete what is not there',
    run: async ({ s3 }) =>
      (await s3.send(new S3.DeleteObjectCommand({ Bucket: BUCKET, Key: 'not-there' }))).$metadata
        .httpStatusCode,
  },
  {
    name: 'delete many',
    run: async ({ s3 }) => {
      const Objects = ['f/2', 'f/z', 'not-there'].map(Key => ({ Key }));
      const { Deleted, Errors } = await s3.send(
        new S3.DeleteObjectsCommand({ Bucket: BUCKET, Delete: { Objects } }),
      );
      return { deleted: Deleted?.map(({ Key }) => Key).sort(), Errors };
    },
  },
  { name: 'list what is left', run: list({ Prefix: 'f/' }) },
  {
    name: 'delete the bucket though it is not empty',
    run: ({ s3 }) => s3.send(new S3.DeleteBucketCommand({ Bucket: BUCKET })),
  },
  { name: 'begin an upload', run: begin('big') },
  { name: 'upload a part', run: part('big', 1, big) },
  { name: 'upload the last part', run: part('big', 2, Buffer.from('end')) },
  {
    name: 'list the parts',
    run: async aws => {
      const { Parts } = await aws.s3.send(
        new S3.ListPartsCommand({ Bucket: BUCKET, Key: 'big', UploadId: uploads.get(aws)! }),
      );
      return Parts?.map(({ PartNumber, ETag, Size }) => [PartNumber, ETag, Size]);
    },
  },
  { name: 'complete with a part that was never sent', run: complete('big', [1, big], [3, 'x']) },
  {
    name: 'complete in the wrong order',
    run: complete('big', [2, 'end'], [1, big]),
    otherwise: {
      because: 'InvalidPartOrder is for this; moto looks at sizes only, as if in the order given',
      moto: { refused: 'EntityTooSmall', status: 400 },
      ours: { refused: 'InvalidPartOrder', status: 400 },
    },
  },
  { name: 'complete', run: complete('big', [1, big], [2, 'end']) },
  {
    name: 'complete again',
    run: complete('big', [1, big], [2, 'end']),
    otherwise: {
      because: 'NoSuchUpload is documented for an upload that was completed; moto keeps it',
      moto: expect.stringMatching(/-2"$/),
      ours: { refused: 'NoSuchUpload', status: 404 },
    },
  },
  { name: 'head what was completed', run: head('big') },
  { name: 'get over the seam', run: get('big', { Range: `bytes=${5 * MiB - 2}-` }) },
  { name: 'begin another upload', run: begin('small') },
  { name: 'upload a small part', run: part('small', 1, Buffer.from('x')) },
  { name: 'upload another', run: part('small', 2, Buffer.from('y')) },
  { name: 'complete with parts too small', run: complete('small', [1, 'x'], [2, 'y']) },
  {
    name: 'abort',
    run: async aws =>
      (
        await aws.s3.send(
          new S3.AbortMultipartUploadCommand({ Bucket: BUCKET, Key: 'small', UploadId: uploads.get(aws)! }),
        )
      ).$metadata.httpStatusCode,
  },
  {
    name: 'upload to what was aborted',
    run: part('small', 3, Buffer.from('z')),
    otherwise: {
      because: 'moto breaks down',
      moto: { status: 500 },
      ours: { refused: 'NoSuchUpload', status: 404 },
    },
  },
  {
    name: 'upload a stream in parts',
    run: async aws => {
      const Body = Readable.from([big, Buffer.from('tail')]);
      await new Upload({
        client: aws.s3,
        params: { Bucket: BUCKET, Key: 'streamed', Body },
        partSize: 5 * MiB,
      }).done();
      return head('streamed')(aws);
    },
  },
  {
    name: 'get by a presigned URL',
    run: aws => presigned(aws, new S3.GetObjectCommand({ Bucket: BUCKET, Key: 'a.txt' })),
  },
  {
    name: 'get by a presigned URL what is not there',
    run: aws => presigned(aws, new S3.GetObjectCommand({ Bucket: BUCKET, Key: 'not-there' })),
  },
];

const url = async ({ sqs }: Aws, QueueName: string) =>
  (await sqs.send(new SQS.GetQueueUrlCommand({ QueueName }))).QueueUrl!;
const receive = async (aws: Aws, queue: string, more: Partial<SQS.ReceiveMessageCommandInput> = {}) => {
  const QueueUrl = await url(aws, queue);
  const { Messages } = await aws.sqs.send(
    new SQS.ReceiveMessageCommand({
      QueueUrl,
      MaxNumberOfMessages: 10,
      MessageSystemAttributeNames: ['All'],
      ...more,
    }),
  );
  return Messages ?? [];
};
const bodies = (messages: SQS.Message[]) => messages.map(({ Body }) => Body).sort();
const take = async (aws: Aws, queue: string) => {
  const QueueUrl = await url(aws, queue);
  const messages = await receive(aws, queue);
  for (const { ReceiptHandle } of messages)
    await aws.sqs.send(new SQS.DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
  return messages;
};
const send = async (
  aws: Aws,
  queue: string,
  MessageBody: string,
  more: Partial<SQS.SendMessageCommandInput> = {},
) => {
  const QueueUrl = await url(aws, queue);
  return (await aws.sqs.send(new SQS.SendMessageCommand({ QueueUrl, MessageBody, ...more })))
    .MD5OfMessageBody;
};

const held = new WeakMap<Aws, string>();

const SQS_REQUESTS: Request[] = [
  { name: 'find a queue that is not there', run: aws => url(aws, 'not-there') },
  { name: 'send', run: aws => send(aws, 'idle', 'one ü') },
  { name: 'send much', run: aws => send(aws, 'idle', 'x'.repeat(1024 * 1024 + 1)) },
  {
    name: 'count',
    run: async aws => {
      const { Attributes } = await aws.sqs.send(
        new SQS.GetQueueAttributesCommand({ QueueUrl: await url(aws, 'idle'), AttributeNames: ['All'] }),
      );
      return [
        Attributes?.ApproximateNumberOfMessages,
        Attributes?.ApproximateNumberOfMessagesNotVisible,
        Attributes?.VisibilityTimeout,
      ];
    },
  },
  {
    name: 'receive',
    run: async aws => {
      const [message] = await receive(aws, 'idle');
      held.set(aws, message!.ReceiptHandle!);
      return [message?.Body, message?.MD5OfBody, message?.Attributes?.ApproximateReceiveCount];
    },
  },
  { name: 'receive what somebody has', run: aws => receive(aws, 'idle') },
  { name: 'receive too many', run: aws => receive(aws, 'idle', { MaxNumberOfMessages: 11 }) },
  {
    name: 'give back',
    run: async aws => {
      const QueueUrl = await url(aws, 'idle');
      await aws.sqs.send(
        new SQS.ChangeMessageVisibilityCommand({
          QueueUrl,
          ReceiptHandle: held.get(aws),
          VisibilityTimeout: 0,
        }),
      );
    },
  },
  {
    name: 'receive again',
    run: async aws => {
      const [message] = await receive(aws, 'idle');
      held.set(aws, message!.ReceiptHandle!);
      return [message?.Body, message?.Attributes?.ApproximateReceiveCount];
    },
  },
  {
    name: 'give back again',
    run: async aws => {
      const QueueUrl = await url(aws, 'idle');
      await aws.sqs.send(
        new SQS.ChangeMessageVisibilityCommand({
          QueueUrl,
          ReceiptHandle: held.get(aws),
          VisibilityTimeout: 0,
        }),
      );
    },
  },
  { name: 'receive once too often', run: async aws => bodies(await receive(aws, 'idle')) },
  { name: 'receive the dead letter', run: async aws => bodies(await take(aws, 'dead')) },
  {
    name: 'send a batch',
    run: async aws => {
      const Entries = ['a', 'b', 'c'].map(Id => ({ Id, MessageBody: Id }));
      const result = await aws.sqs.send(
        new SQS.SendMessageBatchCommand({ QueueUrl: await url(aws, 'idle'), Entries }),
      );
      return [
        result.Successful?.map(({ Id, MD5OfMessageBody }) => [Id, MD5OfMessageBody]),
        result.Failed ?? [],
      ];
    },
  },
  {
    name: 'send a batch of eleven',
    run: async aws => {
      const Entries = Array.from({ length: 11 }, (_, i) => ({ Id: String(i), MessageBody: 'x' }));
      return aws.sqs.send(new SQS.SendMessageBatchCommand({ QueueUrl: await url(aws, 'idle'), Entries }));
    },
  },
  { name: 'take the batch', run: async aws => bodies(await take(aws, 'idle')) },
  { name: 'take from an empty queue', run: async aws => bodies(await take(aws, 'idle')) },
  {
    name: 'send nothing',
    run: async aws => {
      try {
        return await send(aws, 'idle', '');
      } finally {
        await take(aws, 'idle');
      }
    },
    otherwise: {
      because: 'a message has at least one character (SendMessage); moto takes none',
      moto: createHash('md5').digest('hex'),
      ours: { refused: 'InvalidParameterValue', status: 400 },
    },
  },
  { name: 'send for later', run: aws => send(aws, 'idle', 'later', { DelaySeconds: 1 }) },
  { name: 'receive what is for later', run: async aws => bodies(await receive(aws, 'idle')) },
  {
    name: 'wait for it',
    run: async aws => {
      const messages = await receive(aws, 'idle', { WaitTimeSeconds: 10 });
      const QueueUrl = await url(aws, 'idle');
      await aws.sqs.send(new SQS.PurgeQueueCommand({ QueueUrl }));
      return bodies(messages);
    },
  },
];

const entry = (size: number) => ({
  EventBusName: 'fixture-bus',
  Source: 'fixture',
  DetailType: 'Other',
  Detail: JSON.stringify({ size }),
});
const putEvents =
  (...Entries: object[]) =>
  async ({ events }: Aws) => {
    const result = await events.send(new PutEventsCommand({ Entries }));
    return [
      result.FailedEntryCount,
      result.Entries?.map(({ ErrorCode, EventId }) => ErrorCode ?? typeof EventId),
    ];
  };
const eventOf = ({ Body }: SQS.Message) => {
  const { id, time, ...event } = JSON.parse(Body!) as Record<string, unknown>;
  return {
    ...event,
    id: typeof id,
    time: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(String(time)),
    account: 'any',
  };
};

const EVENT_REQUESTS: Request[] = [
  { name: 'put events', run: putEvents(entry(11), entry(10), entry(12)) },
  {
    name: 'take those that match',
    run: async aws =>
      (await take(aws, 'idle')).map(eventOf).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
  },
  { name: 'put an event whose detail is no JSON', run: putEvents({ ...entry(1), Detail: '{' }) },
  { name: 'put an event without a source', run: putEvents({ ...entry(1), Source: '' }) },
  { name: 'put an event without a detail type', run: putEvents({ ...entry(1), DetailType: '' }) },
  {
    name: 'put an event as AWS',
    run: putEvents({ ...entry(1), Source: 'aws.s3' }),
    otherwise: {
      because: 'sources that begin with aws. are reserved; moto takes them',
      moto: [0, ['string']],
      ours: [1, ['NotAuthorizedForSourceException']],
    },
  },
  { name: 'put eleven events', run: putEvents(...Array.from({ length: 11 }, () => entry(1))) },
  {
    name: 'put an object and take its event',
    run: async aws => {
      await aws.sqs.send(new SQS.PurgeQueueCommand({ QueueUrl: await url(aws, 'objects') }));
      await put('told/ü +.gz', 'hello')(aws);
      const [message] = await take(aws, 'objects');
      const { detail, ...event } = eventOf(message!) as { detail?: Record<string, Record<string, unknown>> };
      const { sequencer, ...object } = detail!.object!;
      return {
        ...event,
        keys: Object.keys(detail!).sort(),
        object,
        sequencer: typeof sequencer,
        reason: detail!.reason,
      };
    },
    otherwise: {
      because: "S3's events say etag and PutObject (S3 User Guide, EventBridge message structure)",
      moto: { object: { key: 'told/ü +.gz', size: 5, eTag: expect.any(String) }, reason: 'ObjectCreated' },
      ours: { object: { key: 'told/ü +.gz', size: 5, etag: expect.any(String) }, reason: 'PutObject' },
    },
  },
];

export const REQUESTS: Request[] = [...S3_REQUESTS, ...SQS_REQUESTS, ...EVENT_REQUESTS];
