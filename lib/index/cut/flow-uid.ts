const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** The number of a flow, which the last six characters of its uid are in base 62; undefined for what is no uid. */
export function flowOfUid(uid: string): number | undefined {
  if (!/^C[0-9A-Za-z]{17}$/.test(uid)) return undefined;
  let flow = 0;
  for (const digit of uid.slice(-6)) flow = flow * 62 + DIGITS.indexOf(digit);
  return flow;
}
