import { type ChildProcess, spawn } from 'node:child_process';
import { CaptureError, errorCode } from './errors.ts';
import { complaint } from './filter.ts';

export interface TcpdumpOptions {
  interface: string;
  file: string;
  packetSize: number;
  maxSizeMB: number;
  fileCount: number;
  flags: readonly string[];
  filter: string;
}

/** The arguments of one tcpdump; the filter is the single last one, so that nothing in it is read as an option. */
export function tcpdumpArguments(options: TcpdumpOptions): string[] {
  const rotates = options.fileCount > 0 && options.maxSizeMB > 0;
  return [
    '-w',
    options.file,
    '--relinquish-privileges=root', // else tcpdump becomes user tcpdump, which may not write here
    ...(options.packetSize > 0 ? ['-s', String(options.packetSize)] : []),
    ...options.flags,
    '-i',
    options.interface,
    ...(rotates ? ['-C', String(options.maxSizeMB), '-W', String(options.fileCount)] : []),
    ...(options.filter ? [options.filter] : []),
  ];
}

export interface Counts {
  captured: number;
  dropped: number; // by the kernel
}

/** The counts in tcpdump's closing lines; zero where it could not say. */
export function parseCounts(stderr: string): Counts {
  const number = (pattern: RegExp) => Number(pattern.exec(stderr)?.[1] ?? 0);
  return {
    captured: number(/(\d+) packets? captured/),
    dropped: number(/(\d+) packets? dropped by kernel/),
  };
}

/** tcpdump may not hold the capture up for longer than this when it is told to stop. */
const STOP_MS = 10_000;

/** What tcpdump says is a few lines; `-v` adds a counter each second. */
const LOG_BYTES = 1024 * 1024;

/** One running tcpdump. */
export class Tcpdump {
  readonly argv: readonly string[];
  /** Resolves when packets are being captured; rejects if tcpdump ends before that. */
  readonly listening: Promise<void>;
  /** Resolves when tcpdump has ended, whatever the reason. */
  readonly ended: Promise<void>;
  readonly #child: ChildProcess;
  #stderr = '';
  #status = '';
  #failed: CaptureError | undefined;
  #stopping = false;

  constructor(options: TcpdumpOptions) {
    this.argv = ['tcpdump', ...tcpdumpArguments(options)];
    this.#child = spawn('tcpdump', this.argv.slice(1), { stdio: ['ignore', 'ignore', 'pipe'] });
    const started = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<void>();
    this.listening = started.promise;
    this.ended = ended.promise;
    this.listening.catch(() => {}); // whoever waits sees it; nobody has to
    this.#child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      if (this.#stderr.length < LOG_BYTES) this.#stderr += text;
      else this.#stderr = this.#stderr.slice(0, LOG_BYTES / 2) + text; // keeps the closing lines
      if (this.#stderr.includes('listening on ')) started.resolve();
    });
    this.#child.on('error', error => {
      const reason = errorCode(error) === 'ENOENT' ? 'tcpdump is not installed' : error.message;
      this.#failed = new CaptureError(reason);
      started.reject(this.#failed);
      ended.resolve();
    });
    this.#child.on('close', (code, signal) => {
      this.#status = signal ? `signal ${signal}` : `exit code ${code}`;
      if (!this.#stopping || (code !== 0 && code !== null)) {
        const words = complaint(this.#stderr);
        this.#failed = new CaptureError(
          `tcpdump on ${options.interface} ended early (${this.#status})${words && `: ${words}`}`,
        );
      }
      started.reject(
        this.#failed ?? new CaptureError(`tcpdump on ${options.interface} was stopped before it began`),
      );
      ended.resolve();
    });
  }

  /** Why tcpdump did not run for as long as it should; undefined while it runs and after it was stopped. */
  get failure(): CaptureError | undefined {
    return this.#failed;
  }

  get counts(): Counts {
    return parseCounts(this.#stderr);
  }

  get log(): string {
    return `${this.argv.join(' ')}\n\n${this.#stderr}`;
  }

  /** Ends tcpdump: by SIGTERM, on which it flushes its file and counts, and by force if it does not heed that. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#child.kill('SIGTERM');
    const force = setTimeout(() => this.#child.kill('SIGKILL'), STOP_MS);
    await this.ended;
    clearTimeout(force);
    if (this.#status === 'signal SIGKILL') {
      this.#failed ??= new CaptureError('tcpdump did not stop and was killed: its last packets are missing');
    }
  }
}
