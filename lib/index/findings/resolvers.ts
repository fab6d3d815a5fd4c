import { Durations } from './durations.ts';
import { NameTree } from './name-tree.ts';
import { endpoint } from './rows.ts';
import { Keyed } from './tally.ts';

/** A DNS server, by address and port. */
export class Resolver {
  readonly times = new Durations(); // of answers whose questions were seen
  host = '';
  port = 0;
  asked = 0;

  get endpoint(): string {
    return endpoint(this.host, this.port);
  }
}

/** Who was asked what: what shares of DNS traffic are taken of. Multicast is left out, to which silence is no fault. */
export class Resolvers {
  readonly #resolvers = new Keyed(() => new Resolver());
  /** Names that were asked for and answered, in whichever way. */
  readonly names = new NameTree();
  answered = 0; // questions with a name

  get(host: string, port: number): Resolver | undefined {
    const resolver = this.#resolvers.get(endpoint(host, port));
    if (resolver) {
      resolver.host = host;
      resolver.port = port;
    }
    return resolver;
  }
}
