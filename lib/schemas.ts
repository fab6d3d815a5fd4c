import { config } from 'zod/v4/core';

/** Checks what comes in without compiling schemas first, which takes longer than the few uses of each by a command. */
export function keepSchemasPlain(): void {
  config({ jitless: true });
}
