/** Shows a run step by step: seconds since the start, a step, and what came of it. */
export interface Progress {
  step(name: string, detail: string): void;
  note(line: string): void;
  seconds(): number;
}

const DIM = '\u001b[2m';
const BOLD = '\u001b[1m';
const RESET = '\u001b[0m';

/** Progress on `out`; colours only on a terminal. */
export function createProgress(out: NodeJS.WriteStream): Progress {
  const began = performance.now();
  const paint = (code: string, text: string) =>
    out.isTTY && !process.env.NO_COLOR ? code + text + RESET : text;
  const seconds = () => (performance.now() - began) / 1000;
  return {
    seconds,
    step(name, detail) {
      const time = paint(DIM, `${seconds().toFixed(2).padStart(7)} s`);
      out.write(`${time}  ${paint(BOLD, name.padEnd(12))} ${detail}\n`);
    },
    note: line => void out.write(`${line}\n`),
  };
}
