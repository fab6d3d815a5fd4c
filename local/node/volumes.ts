import { mkdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type {
  V1HostPathVolumeSource,
  V1PersistentVolumeClaim,
  V1Pod,
  V1Secret,
  V1SecretVolumeSource,
  V1Volume,
} from '@kubernetes/client-node';
import type { Client } from '../../lib/kubernetes/client.ts';
import { paths } from '../../lib/kubernetes/paths.ts';
import { ContainerError } from './container.ts';
import { identity, unlessGone } from './objects.ts';

export interface Folders {
  pod: string; // of this pod: sandbox, secrets, log
  node: string; // the file system of the node
  claims: string; // PersistentVolumes: <namespace>/<name>
}

/**
 * Lays out the file system that the pod's container sees, below `<pod>/root`: there are no mount namespaces
 * here, so a volume is a link at its mount path.
 *
 * @throws ContainerError for a volume that cannot be had
 */
export async function mountVolumes(client: Client, pod: V1Pod, folders: Folders): Promise<string> {
  const root = join(folders.pod, 'root');
  rmSync(root, { recursive: true, force: true });
  rmSync(join(folders.pod, 'volumes'), { recursive: true, force: true });
  mkdirSync(join(root, 'dev'), { recursive: true });
  writeFileSync(join(root, 'dev/termination-log'), '');
  const mounts = pod.spec?.containers[0]?.volumeMounts ?? [];
  for (const volume of pod.spec?.volumes ?? []) {
    const source = await openVolume(client, pod, volume, folders);
    for (const { mountPath } of mounts.filter(mount => mount.name === volume.name)) {
      const target = below(root, mountPath);
      mkdirSync(dirname(target), { recursive: true });
      symlinkSync(source, target);
    }
  }
  mkdirSync(join(root, 'tmp'), { recursive: true }); // unless a volume is there
  return root;
}

async function openVolume(client: Client, pod: V1Pod, volume: V1Volume, folders: Folders): Promise<string> {
  const { name, hostPath, secret, persistentVolumeClaim, emptyDir } = volume;
  const own = below(join(folders.pod, 'volumes'), name);
  if (hostPath) return openHostPath(name, hostPath, folders.node);
  if (secret) return writeSecret(client, pod, name, secret, own);
  if (persistentVolumeClaim) return openClaim(client, pod, persistentVolumeClaim.claimName, folders.claims);
  if (!emptyDir) throw failedMount(name, 'this platform has no such kind of volume');
  mkdirSync(own, { recursive: true });
  return own;
}

function openHostPath(name: string, { path, type }: V1HostPathVolumeSource, node: string): string {
  const folder = below(node, path);
  if (!type || type === 'DirectoryOrCreate') mkdirSync(folder, { recursive: true });
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    throw failedMount(name, `hostPath type check failed: ${path} is not a directory`);
  }
  return folder;
}

async function writeSecret(
  client: Client,
  pod: V1Pod,
  volume: string,
  source: V1SecretVolumeSource,
  folder: string,
) {
  const { namespace } = identity(pod);
  const { secretName = '', items, optional } = source;
  const secret = await unlessGone(client.get<V1Secret>(paths.secrets(namespace, secretName)));
  if (!secret && !optional) throw failedMount(volume, `secret "${secretName}" not found`);
  const data = secret?.data ?? {};
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const { key, path } of items ?? Object.keys(data).map(key => ({ key, path: key }))) {
    const value = data[key];
    if (value === undefined) throw failedMount(volume, `references non-existent secret key: ${key}`);
    const file = below(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, Buffer.from(value, 'base64'), { mode: 0o600 });
  }
  return folder;
}

async function openClaim(client: Client, pod: V1Pod, name: string, claims: string): Promise<string> {
  const { namespace } = identity(pod);
  const path = paths.persistentVolumeClaims(namespace, name);
  const claim = await unlessGone(client.get<V1PersistentVolumeClaim>(path));
  if (!claim) throw failedMount(name, `persistentvolumeclaim "${name}" not found`);
  if (claim.status?.phase !== 'Bound') {
    const { accessModes, resources } = claim.spec ?? {};
    const status = { phase: 'Bound', accessModes, capacity: resources?.requests };
    await client.patch(`${path}/status`, 'merge', { status });
  }
  const folder = below(claims, join(namespace, name));
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** The path below `base`; a path that would leave it is refused. */
function below(base: string, path: string): string {
  if (path.split('/').includes('..'))
    throw new ContainerError('CreateContainerConfigError', 'Failed', `path "${path}" must not contain ".."`);
  return join(base, path);
}

function failedMount(volume: string, why: string): ContainerError {
  return new ContainerError(
    'ContainerCreating',
    'FailedMount',
    `MountVolume.SetUp failed for volume "${volume}" : ${why}`,
  );
}
