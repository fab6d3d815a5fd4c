import { FlowRecords } from '../../../../lib/index/engine/flow-records.ts';
import * as row from '../../../../lib/index/engine/row.ts';
import {
  FLOW_RECORD_INTEGERS,
  TRANSLATED_PORT,
  TRANSLATED_VERSION,
} from '../../../../lib/index/kernel/conn.ts';
import { FLOW_BATCH_BYTES, FLOW_BATCHES_AT, FLOW_RECORD_COUNT } from '../../../../lib/index/kernel/layout.ts';
import { flowRef, Harness } from '../applications/harness.ts';
import { KernelFlow } from './kernel-flow.ts';

it('lets an alias go with its flow only, wherever its row is', () => {
  const { kernel, table } = new Harness();
  const released: number[] = [];
  kernel.engine = {
    takeFlows: () => {},
    releaseAliases: flow => {
      released.push(flow);
      kernel.exports.remove(0);
      return 0; // where the row of the alias begins
    },
  };
  const open = (flow: number, respPort: number) =>
    new KernelFlow(kernel, table, flowRef({ flow, origPort: flow, respPort }));
  const batch = FLOW_BATCHES_AT + FLOW_BATCH_BYTES;
  new FlowRecords(kernel, FLOW_BATCHES_AT).next(batch);
  const first = [open(1, 80), open(2, 80)];
  for (const flow of first) kernel.exports.close(flow.row);
  // The row that was freed last is taken first: the alias comes before its flow.
  const [flow, alias] = [open(3, 80), open(4, 8080)];
  expect([flow.row, alias.row]).toEqual([1, 0]);
  const { integers } = table;
  integers[row.MARKS]! |= row.MARK_ALIAS;
  integers[row.ROW_INTEGERS + row.ALIAS] = alias.row + 1;
  kernel.exports.closeAll();
  expect(released).toEqual([1]);
  expect(kernel.state[FLOW_RECORD_COUNT]).toBe(3);
  const record = kernel.integersAt(batch + 2 * FLOW_RECORD_INTEGERS * 4, FLOW_RECORD_INTEGERS);
  expect([record[row.ORDINAL], record[TRANSLATED_VERSION], record[TRANSLATED_PORT]]).toEqual([3, 4, 8080]);
});
