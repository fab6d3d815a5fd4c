import { type Account, arn } from '../account.ts';
import { AwsError } from '../errors.ts';
import { type Message, md5, type Queues } from './queues.ts';

type Json = Record<string, unknown>;

const LONGEST_WAIT = 20; // seconds
const MESSAGE_LIMIT = 1024 * 1024; // bytes, since January 2026

/** SQS's JSON 1.0 protocol, as far as the product, its tests and a person with the AWS CLI need it. */
export class QueueService {
  readonly #queues: Queues;
  readonly #account: Account;
  readonly #url: (queue: string) => string;
  readonly #closing: AbortSignal;

  constructor(queues: Queues, account: Account, url: (queue: string) => string, closing: AbortSignal) {
    this.#queues = queues;
    this.#account = account;
    this.#url = url;
    this.#closing = closing;
  }

  async serve(operation: string, input: Json): Promise<Json> {
    switch (operation) {
      case 'ListQueues':
        return { QueueUrls: this.#queues.names().filter(visibleName).map(this.#url) };
      case 'GetQueueUrl':
        return { QueueUrl: this.#url(this.#queues.settings(text(input, 'QueueName')).name) };
      case 'StartMessageMoveTask':
        return this.#redrive(text(input, 'SourceArn'));
    }
    const queue = text(input, 'QueueUrl').split('/').at(-1)!;
    this.#queues.settings(queue);
    switch (operation) {
      case 'SendMessage':
        return this.#send(queue, input);
      case 'SendMessageBatch':
        return batch(input, entry => this.#send(queue, entry));
      case 'ReceiveMessage':
        return this.#receive(queue, input);
      case 'DeleteMessage':
        this.#queues.delete(queue, text(input, 'ReceiptHandle'));
        return {};
      case 'DeleteMessageBatch':
        return batch(input, entry => {
          this.#queues.delete(queue, text(entry, 'ReceiptHandle'));
          return {};
        });
      case 'ChangeMessageVisibility':
        this.#queues.changeVisibility(
          queue,
          text(input, 'ReceiptHandle'),
          seconds(input, 'VisibilityTimeout') ?? 0,
        );
        return {};
      case 'GetQueueAttributes':
        return this.#attributes(queue);
      case 'PurgeQueue':
        this.#queues.purge(queue);
        return {};
    }
    throw new AwsError('UnknownOperationException', 400, `The embedded SQS does not know ${operation}.`);
  }

  #send(queue: string, input: Json) {
    const body = text(input, 'MessageBody');
    if (body === '' || Buffer.byteLength(body) > MESSAGE_LIMIT) {
      throw new AwsError('InvalidParameterValue', 400, `MessageBody must have 1 to ${MESSAGE_LIMIT} bytes.`);
    }
    const delay = seconds(input, 'DelaySeconds');
    const attributes = (input.MessageAttributes ?? {}) as object;
    const MessageId = this.#queues.send(queue, body, {
      attributes,
      ...(delay === undefined ? {} : { delay }),
    });
    return { MessageId, MD5OfMessageBody: md5(body) };
  }

  async #receive(queue: string, input: Json) {
    const limit = seconds(input, 'MaxNumberOfMessages') ?? 1;
    if (limit < 1 || limit > 10) {
      throw new AwsError('InvalidParameterValue', 400, 'MaxNumberOfMessages must be between 1 and 10.');
    }
    const deadline = Date.now() + Math.min(seconds(input, 'WaitTimeSeconds') ?? 0, LONGEST_WAIT) * 1000;
    while (true) {
      const messages = this.#queues.receive(queue, limit, seconds(input, 'VisibilityTimeout'));
      const left = deadline - Date.now();
      if (messages.length > 0) return { Messages: messages.map(describe) };
      if (left <= 0 || this.#closing.aborted) return {};
      await this.#queues.changed(queue, left, this.#closing);
    }
  }

  #attributes(queue: string) {
    const { visible, inFlight, delayed } = this.#queues.count(queue);
    const { visibilityTimeout, deadLetters } = this.#queues.settings(queue);
    return {
      Attributes: {
        QueueArn: arn(this.#account, 'sqs', queue),
        ApproximateNumberOfMessages: String(visible),
        ApproximateNumberOfMessagesNotVisible: String(inFlight),
        ApproximateNumberOfMessagesDelayed: String(delayed),
        VisibilityTimeout: String(visibilityTimeout),
        ...(deadLetters
          ? {
              RedrivePolicy: JSON.stringify({
                deadLetterTargetArn: arn(this.#account, 'sqs', deadLetters.queue),
                maxReceiveCount: deadLetters.maxReceiveCount,
              }),
            }
          : {}),
      },
    };
  }

  #redrive(source: string) {
    const queue = source.split(':').at(-1)!;
    this.#queues.redrive(queue);
    return { TaskHandle: Buffer.from(queue).toString('base64') };
  }
}

/** Queues of asynchronous invocations are the function host's own. */
const visibleName = (name: string) => !name.includes(':');

export function describe({
  messageId,
  receipt,
  body,
  attributes,
  sent,
  receives,
  firstReceived,
}: Message): Json {
  return {
    MessageId: messageId,
    ReceiptHandle: receipt,
    MD5OfBody: md5(body),
    Body: body,
    Attributes: {
      SentTimestamp: String(sent),
      ApproximateReceiveCount: String(receives),
      ApproximateFirstReceiveTimestamp: String(firstReceived),
    },
    ...(Object.keys(attributes).length > 0 ? { MessageAttributes: attributes } : {}),
  };
}

function batch(input: Json, act: (entry: Json) => Json): Json {
  const entries = input.Entries;
  if (!Array.isArray(entries) || entries.length === 0) {
    throw new AwsError(
      'AWS.SimpleQueueService.EmptyBatchRequest',
      400,
      'There should be at least one entry.',
    );
  }
  if (entries.length > 10) {
    const code = 'AWS.SimpleQueueService.TooManyEntriesInBatchRequest';
    throw new AwsError(code, 400, 'Maximum number of entries per request are 10.');
  }
  const Successful: Json[] = [];
  const Failed: Json[] = [];
  for (const entry of entries as Json[]) {
    try {
      Successful.push({ Id: entry.Id, ...act(entry) });
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      Failed.push({ Id: entry.Id, SenderFault: true, Code: error.code, Message: error.message });
    }
  }
  return { Successful, Failed };
}

function text(input: Json, name: string): string {
  const value = input[name];
  if (typeof value !== 'string') {
    throw new AwsError('MissingParameter', 400, `The request must contain the parameter ${name}.`);
  }
  return value;
}

function seconds(input: Json, name: string): number | undefined {
  const value = input[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'number' || value < 0) {
    throw new AwsError('InvalidParameterValue', 400, `Value for parameter ${name} is invalid.`);
  }
  return value;
}
