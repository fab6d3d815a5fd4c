import { endpoint } from './rows.ts';

const MAX_ADDRESSES = 50_000;

/** Which name each address had last, learned from `conn`: the only table that carries the identity of both ends. */
export class AddressBook {
  readonly #names = new Map<string, string>();

  learn(host: string, name: string): void {
    if (this.#names.size < MAX_ADDRESSES || this.#names.has(host)) this.#names.set(host, name);
  }

  name(host: string): string {
    const name = this.#names.get(host);
    return name === undefined ? host : `${name} (${host})`;
  }

  /** A server and its port. */
  endpoint(host: string, port: number): string {
    const name = this.#names.get(host);
    return name === undefined ? endpoint(host, port) : `${name} port ${port}`;
  }
}
