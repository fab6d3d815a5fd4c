import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { log } from './log.ts';

/**
 * A Lambda handler around `work`: what it throws is logged with the request that it belongs to and goes on to
 * Lambda, which delivers the event again; work that is about to run out of time is ended as a failure.
 */
export function handle<Event, Result>(work: (event: Event, context: Context) => Promise<Result>) {
  return middy<Event, Result, Error>(work).onError(({ error, context }) => {
    const reason = error instanceof Error ? error.message : String(error);
    log('error', 'failed', { function: context.functionName, requestId: context.awsRequestId, reason });
  });
}
