import { resolve } from 'node:path';

/** Material that lies beside the project: captures, real audit events, the real control plane. */
export const shared = (...path: string[]) => resolve(import.meta.dirname, '../../shared', ...path);
