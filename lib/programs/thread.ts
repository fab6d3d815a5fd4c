/** What a worker thread of a bundled program begins with: `workerData` names the program that it runs. */
import { basename } from 'node:path';
import { workerData } from 'node:worker_threads';
import { runProgram } from './loader.ts';

const { program, keptIn }: { program: string; keptIn: string | undefined } = workerData;
runProgram(program, keptIn, basename(program, '.js'));
