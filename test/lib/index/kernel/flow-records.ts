import { Columns } from '../../../../lib/index/columns/columns.ts';
import { ConnRows } from '../../../../lib/index/engine/conn-rows.ts';
import { uidPrefix } from '../../../../lib/index/engine/names.ts';
import type { References } from '../../../../lib/index/engine/output.ts';
import { FLOW_RECORD_BYTES } from '../../../../lib/index/kernel/conn.ts';
import { Kernel } from '../../../../lib/index/kernel/kernel.ts';
import { FLOW_BATCHES_AT } from '../../../../lib/index/kernel/layout.ts';
import { type Row, rowsOf } from '../applications/harness.ts';

export const REFERENCES: References = {
  uidPrefix: uidPrefix('test'),
  clock: { epochSeconds: 1_700_000_000, epoch: 1_700_000_000_000_000_000n, unit: 1000 },
  services: ['dns', 'tls'],
  tunnels: ['vxlan:42', 'gre'],
  interfaceSets: ['none', 'eth0', 'eth0,lo'],
};

/** Makes rows of `conn` of records that are given as they lie in memory. */
export class Conn {
  readonly #kernel = Kernel.begin();
  readonly #rows = new ConnRows(new Columns(this.#kernel.memory), REFERENCES);

  rows(records: Uint8Array[]): Row[] {
    for (const [at, record] of records.entries()) {
      this.#kernel.bytes.set(record, FLOW_BATCHES_AT + at * FLOW_RECORD_BYTES);
    }
    return rowsOf(this.batch(records.length));
  }

  /** Of the first records that were given. */
  batch(count: number) {
    return this.#rows.batch({ at: FLOW_BATCHES_AT, count });
  }

  end(): void {
    this.#kernel.end();
  }
}
