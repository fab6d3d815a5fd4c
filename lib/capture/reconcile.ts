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
const JOBS_AT_ONCE = 8; // as many as the client has connections
const MARGIN_MS = 2_000; // nothing is begun that could not be finished

/** The work could not be brought to its end now; the message that asked for it should come again. */
export class NotSettledError extends Error {}

/**
 * In order, one at a time; only the making and deleting of Jobs, which are independent of each other, goes in
 * parallel. The first is made alone: when the server refuses it, it would refuse them all.
 */
function inGroups(actions: Action[]): Action[][] {
  const groups: Action[][] = [];
  for (const action of actions) {
    const last = groups.at(-1);
    const parallel = action.type === 'createJob' || action.type === 'deleteJob';
    const room = last !== undefined && groups.length > 1 && last.length < JOBS_AT_ONCE;
    if (parallel && room && last[0]?.type === action.type) last.push(action);
    else groups.push([action]);
  }
  return groups;
}

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
      for (const group of inGroups(actions)) {
        if (remainingMs() < MARGIN_MS) throw new NotSettledError(`no time left before ${group[0]?.type}`);
        const acted = await Promise.allSettled(group.map(action => act(action, capture, effects, clock())));
        done.push(...group.filter((_, i) => acted[i]?.status === 'fulfilled').map(({ type }) => type));
        const failed = acted.find(result => result.status === 'rejected');
        if (failed) throw failed.reason;
      }
    } catch (error) {
      if (error instanceof RefusedError) refusal = error.message;
      else if (!(error instanceof ConflictError || error instanceof NotFoundError)) throw error;
    }
  }
  throw new NotSettledError(`not settled after ${MAX_ROUNDS} rounds: ${done.join(', ')}`);
}
