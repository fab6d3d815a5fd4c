import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { z } from '../../../lib/schemas.ts';
import { type Account, arn } from '../account.ts';
import type { Database } from '../database.ts';
import { Poller } from '../queues/poller.ts';
import { type Message, md5, type Queues } from '../queues/queues.ts';
import { FunctionError, type FunctionHost } from './host.ts';

export interface QueueTrigger {
  function: string;
  queue: string;
  batchSize: number;
  window: number; // seconds
  partialResponses: boolean;
}

const CONCURRENCY = 2; // batches of one queue at once
const ATTEMPTS = 3; // of an asynchronous invocation: the first and two retries
const RETRY_DELAY = 1; // seconds, doubled each time; Lambda waits a minute

const BatchResponse = z.nullish(
  z.object({
    batchItemFailures: z.nullish(z.array(z.object({ itemIdentifier: z.string().check(z.minLength(1)) }))),
  }),
);

/** A Lambda event source mapping: batches of a queue go to a function, and what it dealt with is deleted. */
export function mapQueue(
  trigger: QueueTrigger,
  queues: Queues,
  host: FunctionHost,
  account: Account,
): Poller {
  const { queue, batchSize, window, partialResponses } = trigger;
  return new Poller(queues, { queue, batchSize, window, concurrency: CONCURRENCY }, async batch => {
    try {
      const response = await host.invoke(trigger.function, sqsEvent(batch, queue, account));
      const failed = partialResponses ? failures(response as SQSBatchResponse, batch) : new Set();
      for (const { messageId, receipt } of batch) if (!failed.has(messageId)) queues.delete(queue, receipt);
    } catch (error) {
      // The messages become visible again after the queue's visibility timeout.
      if (!(error instanceof FunctionError)) throw error;
    }
  });
}

/** A response that is malformed, or names a message that was not sent, fails the whole batch, as with Lambda. */
function failures(response: unknown, batch: Message[]): Set<string> {
  const all = new Set(batch.map(({ messageId }) => messageId));
  const parsed = BatchResponse.safeParse(response);
  if (!parsed.success) return all;
  const named = (parsed.data?.batchItemFailures ?? []).map(({ itemIdentifier }) => itemIdentifier);
  return named.every(id => all.has(id)) ? new Set(named) : all;
}

function sqsEvent(batch: Message[], queue: string, account: Account): SQSEvent {
  return {
    Records: batch.map(({ messageId, receipt, body, sent, receives, firstReceived }) => ({
      messageId,
      receiptHandle: receipt,
      body,
      attributes: {
        ApproximateReceiveCount: String(receives),
        SentTimestamp: String(sent),
        SenderId: account.id,
        ApproximateFirstReceiveTimestamp: String(firstReceived),
      },
      messageAttributes: {},
      md5OfBody: md5(body),
      eventSource: 'aws:sqs',
      eventSourceARN: arn(account, 'sqs', queue),
      awsRegion: account.region,
    })),
  };
}

/** The queue in which asynchronous invocations of a function wait; no name of a real queue has a colon. */
export const invocationQueue = (name: string) => `invoke:${name}`;

/** Asynchronous invocations: tried three times, then a record of the failure goes to the function's destination. */
export function runInvocations(
  name: string,
  onFailure: string | undefined,
  database: Database,
  queues: Queues,
  host: FunctionHost,
  account: Account,
): Poller {
  const queue = invocationQueue(name);
  return new Poller(
    queues,
    { queue, batchSize: 1, window: 0, concurrency: CONCURRENCY },
    async ([message]) => {
      const { receipt, body, receives } = message!;
      try {
        await host.invoke(name, JSON.parse(body));
        queues.delete(queue, receipt);
      } catch (error) {
        if (!(error instanceof FunctionError)) throw error;
        if (receives < ATTEMPTS) {
          queues.changeVisibility(queue, receipt, RETRY_DELAY * 2 ** (receives - 1));
          return;
        }
        database.transaction(() => {
          if (onFailure) queues.send(onFailure, failureRecord(host, name, message!, error, account));
          queues.delete(queue, receipt);
        });
      }
    },
  );
}

/** Format: Lambda Developer Guide, "Retaining records of asynchronous invocations". */
function failureRecord(
  host: FunctionHost,
  name: string,
  message: Message,
  error: FunctionError,
  account: Account,
) {
  return JSON.stringify({
    version: '1.0',
    timestamp: new Date().toISOString(),
    requestContext: {
      requestId: message.messageId,
      functionArn: `${arn(account, 'lambda', `function:${host.get(name).lambdaName}`)}:$LATEST`,
      condition: 'RetriesExhausted',
      approximateInvokeCount: message.receives,
    },
    requestPayload: JSON.parse(message.body),
    responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
    responsePayload: { errorMessage: error.message },
  });
}
