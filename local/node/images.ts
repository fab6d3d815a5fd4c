import { resolve } from 'node:path';
import type { Images } from './container.ts';

const WORKLOAD = [
  process.execPath,
  '--disable-warning=ExperimentalWarning', // types are stripped by Node
  resolve(import.meta.dirname, '../../workload/main.ts'),
];

/** Our capture image and the stock one have the same contract: here both are the program in `workload/`. */
export const captureImages: Images = {
  'ghcr.io/serverless-capture/workload': WORKLOAD,
  'ghcr.io/microsoft/retina/retina-agent': WORKLOAD,
};
