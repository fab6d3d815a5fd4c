/** Schemas for what comes from outside: zod's functional form, which a program that starts for one request loads in half the time. */

import * as z from 'zod/mini';
import en from 'zod/v4/locales/en.js';

z.config(en());

/** Checks what comes in without compiling schemas first, which takes longer than the few uses of each by a command. */
export function keepSchemasPlain(): void {
  z.config({ jitless: true });
}

export { z };
