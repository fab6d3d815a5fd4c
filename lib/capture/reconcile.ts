import { ConflictError, NotFoundError } from '../kubernetes/errors.ts';
import { act, type Effects, RefusedError } from './act.ts';
import { observe } from './observe.ts';
import { type Action, plan, type Settings } from './plan.ts';

/** What a reconcile came to, for the log. */
export interface Result {
  state: string; // reason of the deciding condition, or gone
  actions: Action['type'][];
  rounds: number;
}

const MAX_ROUNDS = 12; // a Capture from its first sight to its end takes six
const MARGIN_MS = 2_000; // nothing is begun that could not be finished

/** The work could not be brought to its end now; the message that asked for it should come again. */
export class NotSettledError extends Error {}

/**
 * Brings one Capture as far as it can be brought now: reads, plans, acts, until there is nothing left to do.
 * Any number of these may run at once for the same Capture, and any may stop anywhere: what is decided rests on
 * what was read, and writes that overtake one another are refused by the server and read again.
 */
export async function reconcile(
  namespace: string,
  name: string,
  effects: Effects,
  settings: Settings,
  remainingMs: () => number,
  clock: () => Date = () => new Date(),
): Promise<Result> {
  const done: Action['type'][] = [];
  let refusal: string | undefined;
  for (let round = 1; round <= MAX_ROUNDS; round++) {
    const observed = await observe(effects, namespace, name);
    if (!observed) return { state: 'gone', actions: done, rounds: round };
    const { capture } = observed;
    const actions = plan({ ...observed, ...(refusal !== undefined && { refusal }) }, clock(), settings);
    if (actions.length === 0) {
      return { state: capture.status.conditions?.[0]?.reason ?? 'none', actions: done, rounds: round };
    }
    try {
      for (const action of actions) {
        if (remainingMs() < MARGIN_MS) throw new NotSettledError(`no time left before ${action.type}`);
        await act(action, capture, effects, clock());
        done.push(action.type);
      }
    } catch (error) {
      if (error instanceof RefusedError) refusal = error.message;
      else if (!(error instanceof ConflictError || error instanceof NotFoundError)) throw error;
    }
  }
  throw new NotSettledError(`not settled after ${MAX_ROUNDS} rounds: ${done.join(', ')}`);
}
