import { execFile } from 'node:child_process';
import { CaptureError, errorCode } from './errors.ts';
import type { Listening } from './interfaces.ts';

interface Filters {
  pcap?: string; // of the user
  tcpdump?: string; // of the user, deprecated: read only without `pcap`
  system?: string; // from the Capture's targets
}

/**
 * One BPF expression of the user's and the targets': `(user) and (system)`; empty without either.
 *
 * @throws CaptureError when the user's part would be read by tcpdump as anything but an expression
 */
export function combineFilters({ pcap, tcpdump, system }: Filters): string {
  const user = pcap ? checked('pcapFilter', pcap) : tcpdump ? checked('tcpdumpFilter', tcpdump) : '';
  const target = system ? checked('target filter', system) : '';
  return user && target ? `(${user}) and (${target})` : user || target;
}

function checked(source: string, filter: string): string {
  const text = filter.trim();
  if (text === '') throw new CaptureError(`${source} cannot be empty or whitespace-only`);
  const flag = text.split(/\s+/).find(token => token.startsWith('-'));
  if (flag) throw new CaptureError(`${source} contains flag "${flag}", which is not allowed`);
  return text;
}

/**
 * Compiles the filter for the link type that will be captured: what holds for Ethernet (`ether host …`) need not
 * hold for `any`.
 *
 * @throws CaptureError with libpcap's own words
 */
export async function validateFilter({ interface: name, filter }: Listening): Promise<void> {
  const refused = await compile(filter, name);
  if (!refused) return;
  throw new CaptureError(
    `cannot capture on interface ${name}: ${refused}${filter && ` (filter: "${filter}")`}`,
  );
}

function compile(filter: string, name: string): Promise<string | undefined> {
  const argv = ['-i', name, '-d', ...(filter ? [filter] : [])];
  return new Promise((resolve, reject) => {
    execFile('tcpdump', argv, { timeout: 30_000, maxBuffer: 16 * 1024 * 1024 }, (error, _stdout, stderr) => {
      if (!error) resolve(undefined);
      else if (errorCode(error) === 'ENOENT') reject(new CaptureError('tcpdump is not installed'));
      else resolve(complaint(stderr) || error.message);
    });
  });
}

/** tcpdump's last words without its own name and its remarks on the link type. */
export function complaint(stderr: string): string {
  return stderr
    .split('\n')
    .filter(line => !/data link type|listening on|packets? (captured|received|dropped)|^\s*$/.test(line))
    .map(line => line.replace(/^tcpdump: /, '').trim())
    .join(' ')
    .slice(-600);
}
