import { jest } from '@jest/globals';
import type { Context } from 'aws-lambda';
import { handle } from '../../functions/handler.ts';

const context = {
  functionName: 'index',
  awsRequestId: 'c6af9ac6-7b61-11e6-9a41-93e8deadbeef',
  getRemainingTimeInMillis: () => 1000,
} as Context;

it('returns what the work returns', async () => {
  const handler = handle(async (event: { a: number }) => event.a + 1);
  expect(await handler({ a: 1 }, context)).toBe(2);
});

it('logs a failure with its request, and lets Lambda see it', async () => {
  const lines = jest.spyOn(console, 'log').mockImplementation(() => undefined);
  const handler = handle(async () => {
    throw new Error('no bus');
  });
  await expect(handler({}, context)).rejects.toThrow('no bus');
  expect(JSON.parse(String(lines.mock.calls[0]?.[0]))).toEqual({
    level: 'error',
    message: 'failed',
    function: 'index',
    requestId: 'c6af9ac6-7b61-11e6-9a41-93e8deadbeef',
    reason: 'no bus',
  });
  lines.mockRestore();
});

it('fails before the time is over, so that the event is delivered again', async () => {
  const lines = jest.spyOn(console, 'log').mockImplementation(() => undefined);
  const handler = handle(() => new Promise(() => undefined));
  await expect(handler({}, { ...context, getRemainingTimeInMillis: () => 50 })).rejects.toThrow();
  lines.mockRestore();
});
