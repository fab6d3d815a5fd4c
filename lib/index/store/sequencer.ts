/**
 * Orders two events of one S3 key: negative when `a` is the older. Sequencers are hexadecimal texts; the shorter is
 * padded with zeros on the right and they are compared as texts (S3 user guide, "Event message structure").
 */
export function compareSequencers(a: string, b: string): number {
  const length = Math.max(a.length, b.length);
  const left = a.toUpperCase().padEnd(length, '0');
  const right = b.toUpperCase().padEnd(length, '0');
  return left < right ? -1 : left > right ? 1 : 0;
}
