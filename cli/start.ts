#!/usr/bin/env node
/** What the bundled capturectl begins with. Code is kept where the user's caches are, of each command for itself. */
import { join } from 'node:path';
import { runProgram } from '../lib/programs/loader.ts';

const { XDG_CACHE_HOME, HOME, NODE_DISABLE_COMPILE_CACHE } = process.env;
const caches = NODE_DISABLE_COMPILE_CACHE ? undefined : XDG_CACHE_HOME || (HOME && join(HOME, '.cache'));
const command = /^[a-z]+$/.exec(process.argv[2] ?? '')?.[0] ?? 'help';
runProgram(join(import.meta.dirname, 'program.js'), caches && join(caches, 'capturectl'), command);
