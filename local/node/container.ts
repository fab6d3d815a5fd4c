import type { V1Container, V1EnvVar, V1Pod, V1Secret } from '@kubernetes/client-node';
import type { Client } from '../../lib/kubernetes/client.ts';
import { paths } from '../../lib/kubernetes/paths.ts';
import { identity, unlessGone } from './objects.ts';

/** Why a container cannot be started now: reason of its waiting state, reason of the Event, kubelet's words. */
export class ContainerError extends Error {
  readonly reason: string;
  readonly event: string;

  constructor(reason: string, event: string, message: string) {
    super(message);
    this.reason = reason;
    this.event = event;
  }
}

/** Programs of this machine in place of images, by the image's name without tag; without arguments: any command. */
export type Images = Readonly<Record<string, readonly string[]>>;

/** What to run for a container. Its `command` is the image's own business unless the image stands for any command. */
export function commandOf({ image = '', command = [], args = [] }: V1Container, images: Images): string[] {
  const name = image.replace(/@.*$/, '').replace(/:[^/:]*$/, '');
  const program = Object.hasOwn(images, name) ? images[name]! : undefined;
  if (!program) {
    const message = `failed to pull and unpack image "${image}": this platform runs ${Object.keys(images).join(', ')} only`;
    throw new ContainerError('ErrImagePull', 'Failed', message);
  }
  const argv = program.length > 0 ? [...program] : [...command, ...args];
  if (argv.length === 0) throw new ContainerError('CreateContainerError', 'Failed', 'no command specified');
  return argv;
}

/**
 * The environment of a container: values, fields of the pod, keys of Secrets.
 *
 * @throws ContainerError for a Secret or key that is missing
 */
export async function environmentOf(
  client: Client,
  pod: V1Pod,
  container: V1Container,
  address: string,
): Promise<Record<string, string>> {
  if (container.envFrom) throw configError('envFrom is not supported here');
  const env: Record<string, string> = {};
  for (const variable of container.env ?? []) {
    const value = variable.valueFrom
      ? await resolveSource(client, pod, variable, address)
      : expand(variable.value ?? '', env);
    if (value !== undefined) env[variable.name] = value;
  }
  return env;
}

async function resolveSource(client: Client, pod: V1Pod, variable: V1EnvVar, address: string) {
  const { fieldRef, secretKeyRef } = variable.valueFrom ?? {};
  if (fieldRef) return fieldOf(pod, fieldRef.fieldPath, address);
  if (!secretKeyRef) throw configError(`the source of variable ${variable.name} is not supported here`);
  const { namespace } = identity(pod);
  const { name = '', key, optional } = secretKeyRef;
  const secret = await unlessGone(client.get<V1Secret>(paths.secrets(namespace, name)));
  const data = secret?.data?.[key];
  if (data !== undefined) return Buffer.from(data, 'base64').toString();
  if (optional) return undefined;
  const what = secret
    ? `couldn't find key ${key} in Secret ${namespace}/${name}`
    : `secret "${name}" not found`;
  throw configError(what);
}

const configError = (message: string) => new ContainerError('CreateContainerConfigError', 'Failed', message);

function fieldOf(pod: V1Pod, path: string, address: string): string {
  const { name, namespace, uid } = identity(pod);
  const fields: Record<string, string | undefined> = {
    'metadata.name': name,
    'metadata.namespace': namespace,
    'metadata.uid': uid,
    'spec.nodeName': pod.spec?.nodeName,
    'spec.serviceAccountName': pod.spec?.serviceAccountName,
    'status.hostIP': address,
    'status.podIP': address,
  };
  const value = fields[path];
  if (value === undefined) throw configError(`unsupported field ${path}`);
  return value;
}

/** `$(NAME)` of a variable that was set before, as in dependent environment variables. */
function expand(value: string, env: Readonly<Record<string, string>>): string {
  return value.replaceAll(/\$(\$)?\(([A-Za-z_][A-Za-z0-9_]*)\)/g, (text, escaped, name) =>
    escaped ? text.slice(1) : (env[name] ?? text),
  );
}
