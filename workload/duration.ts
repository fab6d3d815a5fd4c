const MILLISECONDS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3, // U+00B5 micro sign
  μs: 1e-3, // U+03BC Greek letter mu: Go accepts both
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};

const PART = /(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/gy;

/**
 * Parses a Go duration ("1m30s", "1.5s", "0") as Kubernetes writes metav1.Duration, into milliseconds.
 * Signs are refused: a capture cannot end before it starts.
 *
 * @throws RangeError when the text is no such duration
 */
export function parseDuration(text: string): number {
  if (text === '0') return 0;
  let milliseconds = 0;
  let end = 0;
  for (const match of text.matchAll(PART)) {
    milliseconds += Number(match[1]) * MILLISECONDS[match[2]!]!;
    end = match.index + match[0].length;
  }
  if (text === '' || end !== text.length) {
    throw new RangeError(`"${text}" is not a duration such as "30s" or "1m30s"`);
  }
  return milliseconds;
}
