const PERIOD = 250; // milliseconds between two reports, and before the first

export interface Progress extends Disposable {
  /** `size` is unknown for a pipe. */
  report: (read: number, size?: number) => void;
}

/** Shows how far a file has been read, on standard error when that is a terminal. */
export function showProgress(name: string): Progress {
  const { stderr } = process;
  let last = Date.now();
  let shown = false;
  return {
    report(read, size) {
      if (!stderr.isTTY || Date.now() - last < PERIOD) return;
      last = Date.now();
      shown = true;
      const share = size
        ? `${Math.min(100, Math.floor((read / size) * 100))} %`
        : `${Math.floor(read / 2 ** 20)} MiB`;
      stderr.write(`\r\u001b[K${name}: ${share}`);
    },
    [Symbol.dispose]() {
      if (shown) stderr.write('\r\u001b[K');
      shown = false;
    },
  };
}
