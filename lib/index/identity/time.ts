/** Nanoseconds since the epoch of an RFC 3339 time as Kubernetes writes it; undefined when there is none. */
export function nanoseconds(time: string | undefined): bigint | undefined {
  if (time === undefined) return undefined;
  const milliseconds = Date.parse(time);
  return Number.isNaN(milliseconds) ? undefined : BigInt(milliseconds) * 1_000_000n;
}
