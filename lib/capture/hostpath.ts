import { posix } from 'node:path';

/**
 * Where a Capture's hostPath lies on a node: always below `base`. A leading slash means the base folder itself,
 * so that "/captures" and "captures" are the same place. Throws a sentence that names the field.
 */
export function resolveHostPath(hostPath: string, base: string): string {
  if (!base.startsWith('/')) throw new Error(`invalid hostPath base directory: "${base}" must be absolute`);
  const quoted = JSON.stringify(hostPath);
  if (/^[A-Za-z]:[\\/]/.test(hostPath) || hostPath.startsWith('\\')) {
    throw new Error(
      `hostPath must be a path below the base directory ${base}, not a Windows path: ${quoted}`,
    );
  }
  if (hostPath.includes('\0')) throw new Error(`hostPath must not contain a NUL character: ${quoted}`);
  const segments = hostPath.split(/[/\\]/);
  if (segments.includes('..')) throw new Error(`hostPath must not contain '..' path segments: ${quoted}`);
  const resolved = posix.join(base, hostPath).replace(/(.)\/$/, '$1');
  const root = posix.normalize(base).replace(/(.)\/$/, '$1');
  if (resolved === root) throw new Error('hostPath is empty: name a folder below the base directory');
  if (!resolved.startsWith(root === '/' ? '/' : `${root}/`)) {
    throw new Error(`hostPath resolves outside the configured base directory: ${quoted}`);
  }
  return resolved;
}
