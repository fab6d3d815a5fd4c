import { resetHeap } from '../../assembly/heap';
import { FREE_AT, HEAP_AT, HEAP_BYTES, STATE_AT, UNFOLLOWED } from '../layout';
import { resetQueries } from './dns/queries';
import { useApplications } from './streams/payload';
import { useEpoch } from './tables/rows';

/** A capture begins, with `epoch` (nanoseconds) as time 0 on its clock. Unless `isOn`, no payload is looked at. */
export function beginApplications(isOn: bool, epoch: i64): void {
  resetHeap(FREE_AT, HEAP_AT, HEAP_AT + HEAP_BYTES);
  resetQueries();
  useEpoch(epoch);
  useApplications(isOn);
  store<i32>(STATE_AT, 0, UNFOLLOWED << 2);
}
