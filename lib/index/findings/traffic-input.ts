import { indexTexts } from '../indexed-texts.ts';
import type { Batch } from '../table.ts';
import * as at from './assembly/layout.ts';
import { Counts, Numbers } from './columns.ts';
import * as sign from './signs.ts';
import type { TrafficProgram } from './traffic-program.ts';

const LONGS: readonly [name: string, address: number][] = [
  ['orig_pkts', at.TO_SERVER_AT],
  ['resp_pkts', at.TO_CLIENT_AT],
];
const INTEGERS: readonly [name: string, address: number][] = [
  ['id_resp_p', at.PORT_AT],
  ['orig_retx', at.ORIG_AGAIN_AT],
  ['resp_retx', at.RESP_AGAIN_AT],
  ['orig_zero_win', at.ORIG_CLOSED_AT],
  ['resp_zero_win', at.RESP_CLOSED_AT],
];

type Signs = readonly [text: string, signs: number][];

const OF_PROTOCOL: Signs = [
  ['tcp', sign.TCP],
  ['icmp', sign.ICMP],
  ['icmp6', sign.ICMP],
];
const OF_STATE: Signs = [
  ['REJ', sign.REFUSED],
  ['S0', sign.UNANSWERED],
  ['RSTR', sign.RESET],
  ['RSTO', sign.RESET],
];

/** Puts rows from `first` on where they are to lie, as many as there is room for. */
type Source = (target: Int32Array, first: number) => void;

/** Puts columns of a batch of `conn` into the memory of the program, a slice at a time. */
export class TrafficInput {
  readonly #program: TrafficProgram;
  readonly #columns: { source: Source; place: Int32Array; width: number }[] = [];

  /** `clients` and `servers`: by row, the number of the end; -1 for none. */
  constructor(program: TrafficProgram, batch: Batch, clients: Int32Array, servers: Int32Array) {
    this.#program = program;
    for (const [name, address] of LONGS) {
      const column = new Counts(batch, name);
      this.#add((target, first) => column.copyTo(target, first), address, 2);
    }
    for (const [name, address] of INTEGERS) {
      const column = new Numbers(batch, name);
      this.#add((target, first) => column.copyTo(target, first), address);
    }
    const { columns, rows } = batch;
    const protocols = indexTexts(columns.proto, rows);
    const states = indexTexts(columns.conn_state, rows);
    this.#addIndex(clients, at.CLIENT_END_AT);
    this.#addIndex(servers, at.SERVER_END_AT);
    this.#addIndex(protocols.index, at.PROTOCOL_AT);
    this.#addIndex(states.index, at.STATE_AT);
    this.#putSigns(protocols.texts, OF_PROTOCOL, at.PROTOCOL_SIGNS_AT);
    this.#putSigns(states.texts, OF_STATE, at.STATE_SIGNS_AT);
  }

  copy(first: number, rows: number): void {
    for (const { source, place, width } of this.#columns) source(place.subarray(0, rows * width), first);
  }

  /** `width`: integers of a row. */
  #add(source: Source, address: number, width = 1): void {
    this.#columns.push({ source, place: this.#program.integersAt(address, width * at.SLICE), width });
  }

  #addIndex(index: Int32Array, address: number): void {
    this.#add((target, first) => target.set(index.subarray(first, first + target.length)), address);
  }

  /** Which numbers the texts have in this batch that show something. */
  #putSigns(texts: readonly string[], signs: Signs, address: number): void {
    const present = signs
      .map(([text, shown]) => [texts.indexOf(text), shown])
      .filter(([number]) => number! >= 0);
    this.#program.integersAt(address, at.SIGNS_INTEGERS).fill(0).set(present.flat());
  }
}
