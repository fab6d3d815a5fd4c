import { textColumnOf } from '../column-forms.ts';
import type { Batch } from '../table.ts';
import { integersOf } from './columns.ts';
import { distinctRows } from './distinct-rows.ts';
import type { ByAuthority, Responses } from './requests.ts';
import type { HttpRow } from './rows.ts';

/** Where the requests of a batch go, told apart by numbers: texts are read once for all that go to the same place. */
export class Destinations {
  /** By row, the number of the address plus 1; 0 for none, which is a place as well. */
  readonly #hosts: Int32Array;
  readonly #limit: number;
  readonly #ports: Int32Array;
  readonly #authorities: Int32Array;

  constructor(batch: Batch) {
    const { columns, rows } = batch;
    const hosts = textColumnOf(columns.id_resp_h, rows);
    this.#hosts = hosts.index.map(host => host + 1);
    this.#limit = hosts.texts.offsets.length;
    this.#ports = integersOf(columns.id_resp_p, rows);
    this.#authorities = textColumnOf(columns.host, rows).index;
  }

  /** Counts the requests in, or those that are marked in `counted`; returns what there is of the place that a row goes to. */
  count(row: HttpRow, servers: ByAuthority, counted?: Uint8Array): (row: number) => Responses | undefined {
    const leading = counted ? this.#hosts.map((host, i) => (counted[i] === 1 ? host : -1)) : this.#hosts;
    const { index, first, counts } = distinctRows(leading, this.#limit, [this.#ports, this.#authorities]);
    const responses = Array.from(first, (i, kind) => {
      row.row = i;
      return servers.count(row, counts[kind]!);
    });
    return i => responses[index[i]!];
  }
}
