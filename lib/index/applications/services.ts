import * as numbers from '../kernel/services.ts';

/** `conn.service` by number, counted from 1: Zeek's words. */
export const SERVICES: readonly string[] = Object.entries(numbers)
  .sort(([, one], [, other]) => one - other)
  .map(([name]) => name.toLowerCase());
