import type { Capture } from '../lib/capture/resource.ts';
import type { Cell } from './text-table.ts';

/** Where a Capture stands, in a word or two: the reason of the condition that holds. */
export function stateOf({ status }: Capture): Cell {
  const find = (type: string) => status.conditions?.find(condition => condition.type === type);
  const [failure, complete] = [find('error'), find('complete')];
  if (failure?.status === 'True') return { text: failure.reason, colour: 'red' };
  if (complete) return { text: complete.reason, ...(complete.status === 'True' && { colour: 'green' }) };
  return { text: 'Waiting', colour: 'grey' };
}

/** Jobs done, of all. */
export function jobsOf({ status }: Capture): string {
  const { active = 0, succeeded = 0, failed = 0 } = status;
  return `${succeeded}/${active + succeeded + failed}`;
}

/** Time since, as kubectl shows it. */
export function ageOf(time: string | undefined, now: number): string {
  if (time === undefined) return '';
  const seconds = Math.max(0, Math.floor((now - Date.parse(time)) / 1000));
  if (seconds < 120) return `${seconds}s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)}h`;
  return `${Math.floor(seconds / 86_400)}d`;
}
