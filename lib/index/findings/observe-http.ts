import type { Batch } from '../table.ts';
import { Destinations } from './destinations.ts';
import type { Requests } from './requests.ts';
import { HttpRow } from './rows.ts';
import type { Rule } from './rule.ts';
import { FAULTS } from './rules/grpc-failed.ts';
import * as sign from './signs.ts';

/** Counts requests in, and shows to each rule those that it wants. */
export function observeHttp(batch: Batch, rules: readonly Rule[], requests: Requests): void {
  const watches = rules.flatMap(rule => rule.http ?? []);
  const row = new HttpRow(batch);
  const calls = new Uint8Array(batch.rows); // 1: it is a gRPC call
  const shown: [row: number, signs: number][] = [];
  for (let i = 0; i < batch.rows; i++) {
    row.row = i;
    const { status, grpcStatus } = row;
    if (grpcStatus !== null) calls[i] = 1;
    const signs = signsOf(status, grpcStatus);
    if (signs !== 0) shown.push([i, signs]);
  }
  const destinations = new Destinations(batch);
  const responsesAt = destinations.count(row, requests.all);
  const callsAt = calls.includes(1) ? destinations.count(row, requests.calls, calls) : undefined;
  for (const [i, signs] of shown) {
    row.row = i;
    row.responses = responsesAt(i);
    row.calls = callsAt?.(i);
    for (const watch of watches) if ((signs & watch.signs) !== 0) watch.see(row);
  }
}

function signsOf(status: number | null, grpcStatus: number | null): number {
  const failed = status !== null && status >= 500 && status <= 599 ? sign.SERVER_ERROR : 0;
  return grpcStatus !== null && FAULTS[grpcStatus] !== undefined ? failed | sign.FAILED_CALL : failed;
}
