import { spawnSync } from 'node:child_process';

/** What has to be on the machine for a real capture, and the Debian package that brings it. */
const PROGRAMS = [
  { program: 'tcpdump', package: 'tcpdump', probe: ['--version'] },
  { program: 'ip', package: 'iproute2', probe: ['-V'] },
] as const;

/** Something the machine lacks; the message names the remedy. */
export class MissingPrerequisite extends Error {}

/** Makes sure that the programs exist; as root with apt it installs what is missing, saying so. */
export function ensurePrerequisites(say: (line: string) => void): void {
  if (process.platform !== 'linux') {
    throw new MissingPrerequisite(`captures need Linux; this is ${process.platform}`);
  }
  const missing = PROGRAMS.filter(({ program, probe }) => !runs(program, probe));
  if (missing.length === 0) return;
  const names = missing.map(m => m.program).join(', ');
  const packages = missing.map(m => m.package);
  const command = `apt-get install -y ${packages.join(' ')}`;
  if (process.getuid?.() !== 0 || !runs('apt-get', ['--version'])) {
    throw new MissingPrerequisite(`${names} not found; install it with: sudo ${command}`);
  }
  say(`${names} not found; running: ${command}`);
  if (!install(packages)) throw new MissingPrerequisite(`${names} could not be installed; try: ${command}`);
}

function install(packages: string[]): boolean {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const apt = (...args: string[]) =>
    spawnSync('apt-get', ['-qq', ...args], { env, stdio: 'ignore' }).status === 0;
  const add = () => apt('install', '-y', '--no-install-recommends', ...packages);
  return add() || (apt('update') && add());
}

function runs(program: string, args: readonly string[]): boolean {
  return spawnSync(program, args, { stdio: 'ignore' }).error === undefined;
}
