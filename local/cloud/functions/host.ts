import { AsyncLocalStorage } from 'node:async_hooks';
import { appendFileSync, existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { format } from 'node:util';
import type { Context } from 'aws-lambda';
import { type Account, arn } from '../account.ts';

export interface HostedFunction {
  name: string; // as in serverless.yml
  lambdaName: string;
  handler: string; // functions/ingest.handler
  timeout: number; // seconds
  memorySize: number;
}

export interface Invocation {
  type: 'invocation';
  function: string;
  requestId: string;
  time: string;
  durationMs: number;
  /** Why the function failed; absent when it did not. */
  error?: string;
}

type Handler = (event: unknown, context: Context) => unknown;

/** The function failed or took too long; its trigger decides what is done about that. */
export class FunctionError extends Error {
  override name = 'FunctionError';
}

const CONCURRENCY = 4; // invocations of one function at once

/**
 * Runs handlers in this process, as Lambda would: own context, time limit, bounded concurrency. A function that is
 * out of time has failed, but its code is not stopped: it shares the process.
 */
export class FunctionHost {
  readonly #folder: string;
  readonly #account: Account;
  readonly #log: string;
  readonly #functions: Map<string, HostedFunction>;
  readonly #handlers = new Map<string, Promise<Handler>>();
  readonly #queues = new Map<string, { running: number; waiting: (() => void)[] }>();
  readonly #finished: (invocation: Invocation) => void;
  readonly #output: FunctionOutput;

  /**
   * @param folder against which handlers are resolved
   * @param log file that takes one JSON line per invocation, and what functions print
   */
  constructor(
    folder: string,
    account: Account,
    log: string,
    functions: HostedFunction[],
    finished: (invocation: Invocation) => void,
  ) {
    this.#folder = folder;
    this.#account = account;
    this.#log = log;
    this.#functions = new Map(functions.map(item => [item.name, item]));
    this.#finished = finished;
    for (const { handler } of functions) this.#moduleOf(handler);
    this.#output = new FunctionOutput(line => this.#write(line));
  }

  /** Loads all handlers, so that no first event waits for that; a handler that cannot be loaded fails when invoked. */
  async warm() {
    await Promise.allSettled([...this.#functions.values()].map(item => this.#handler(item)));
  }

  get(name: string): HostedFunction {
    const found = this.#functions.get(name);
    if (!found) throw new Error(`there is no function ${name}`);
    return found;
  }

  get running(): number {
    return [...this.#queues.values()].reduce(
      (sum, { running, waiting }) => sum + running + waiting.length,
      0,
    );
  }

  /** @throws {@link FunctionError} */
  async invoke(name: string, event: unknown): Promise<unknown> {
    const queue = this.#queues.get(name) ?? { running: 0, waiting: [] };
    this.#queues.set(name, queue);
    if (queue.running >= CONCURRENCY) await new Promise<void>(go => queue.waiting.push(go));
    else queue.running++;
    try {
      return await this.#run(this.get(name), event);
    } finally {
      const next = queue.waiting.shift();
      if (next) next();
      else queue.running--;
    }
  }

  close() {
    this.#output.restore();
  }

  async #run(target: HostedFunction, event: unknown): Promise<unknown> {
    const requestId = crypto.randomUUID();
    const started = Date.now();
    const invocation: Invocation = {
      type: 'invocation',
      function: target.name,
      requestId,
      time: new Date(started).toISOString(),
      durationMs: 0,
    };
    try {
      const handler = await this.#handler(target);
      const work = this.#output.of({ function: target.name, requestId }, async () =>
        handler(event, this.#context(target, requestId, started + target.timeout * 1000)),
      );
      return await withTimeLimit(work, target.timeout);
    } catch (error) {
      invocation.error = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      throw new FunctionError(invocation.error, { cause: error });
    } finally {
      invocation.durationMs = Date.now() - started;
      this.#write({ ...invocation });
      this.#finished(invocation);
    }
  }

  #handler({ handler }: HostedFunction): Promise<Handler> {
    let loaded = this.#handlers.get(handler);
    if (!loaded) {
      const name = handler.slice(handler.lastIndexOf('.') + 1);
      loaded = import(pathToFileURL(this.#moduleOf(handler)).href).then((module: Record<string, unknown>) => {
        const found = module[name];
        if (typeof found !== 'function') throw new FunctionError(`${handler} is not a function`);
        return found as Handler;
      });
      this.#handlers.set(handler, loaded);
    }
    return loaded;
  }

  #moduleOf(handler: string): string {
    const path = resolve(this.#folder, handler.replace(/\.[^.]+$/, ''));
    const found = ['.ts', '.cjs'].map(extension => path + extension).find(existsSync);
    if (!found) throw new Error(`there is no module ${path}.ts for the handler ${handler}`);
    return found;
  }

  #context(target: HostedFunction, requestId: string, deadline: number): Context {
    const unsupported = () => {
      throw new Error('handlers return a promise; context.done and its kin are not supported');
    };
    return {
      awsRequestId: requestId,
      functionName: target.lambdaName,
      functionVersion: '$LATEST',
      invokedFunctionArn: arn(this.#account, 'lambda', `function:${target.lambdaName}`),
      memoryLimitInMB: String(target.memorySize),
      logGroupName: `/aws/lambda/${target.lambdaName}`,
      logStreamName: `local/${requestId}`,
      callbackWaitsForEmptyEventLoop: true,
      getRemainingTimeInMillis: () => Math.max(deadline - Date.now(), 0),
      done: unsupported,
      fail: unsupported,
      succeed: unsupported,
    };
  }

  #write(line: object) {
    appendFileSync(this.#log, `${JSON.stringify(line)}\n`);
  }
}

async function withTimeLimit<Result>(work: Promise<Result>, seconds: number): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new FunctionError(`Task timed out after ${seconds.toFixed(2)} seconds`)),
      seconds * 1000,
    );
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}

const METHODS = ['debug', 'info', 'log', 'warn', 'error'] as const;

/** Sends what a function prints to the log, as Lambda does; everybody else's console stays theirs. */
class FunctionOutput {
  readonly #current = new AsyncLocalStorage<{ function: string; requestId: string }>();
  readonly #original = METHODS.map(method => [method, console[method]] as const);

  constructor(write: (line: object) => void) {
    for (const [method, original] of this.#original) {
      console[method] = (...values: unknown[]) => {
        const from = this.#current.getStore();
        if (from) write({ type: 'output', ...from, level: method, message: format(...values) });
        else original(...values);
      };
    }
  }

  of<Result>(from: { function: string; requestId: string }, work: () => Promise<Result>): Promise<Result> {
    return this.#current.run(from, work);
  }

  restore() {
    for (const [method, original] of this.#original) console[method] = original;
  }
}
