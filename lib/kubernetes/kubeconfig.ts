import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { load } from 'js-yaml';
import { z } from '../schemas.ts';
import type { ClientOptions } from './client.ts';

const Cluster = z.object({
  server: z.string(),
  'certificate-authority': z.optional(z.string()),
  'certificate-authority-data': z.optional(z.string()),
});
const Exec = z.object({
  command: z.string(),
  args: z.nullish(z.array(z.string())),
  env: z.nullish(z.array(z.object({ name: z.string(), value: z.string() }))),
});
const User = z.object({
  'client-certificate': z.optional(z.string()),
  'client-certificate-data': z.optional(z.string()),
  'client-key': z.optional(z.string()),
  'client-key-data': z.optional(z.string()),
  token: z.optional(z.string()),
  tokenFile: z.optional(z.string()),
  exec: z.optional(Exec),
});
const Kubeconfig = z.object({
  'current-context': z.nullish(z.string()),
  clusters: z._default(z.array(z.object({ name: z.string(), cluster: Cluster })), []),
  users: z._default(z.array(z.object({ name: z.string(), user: User })), []),
  contexts: z._default(
    z.array(
      z.object({
        name: z.string(),
        context: z.object({
          cluster: z.string(),
          user: z.optional(z.string()),
          namespace: z.optional(z.string()),
        }),
      }),
    ),
    [],
  ),
});
const ExecCredential = z.object({
  status: z.object({ token: z.string(), expirationTimestamp: z.optional(z.string()) }),
});

export interface KubeconfigContext {
  options: ClientOptions;
  cluster: string; // name in the file
  namespace: string;
}

/**
 * How to reach the cluster of a kubeconfig's context (by default the current one of $KUBECONFIG or
 * ~/.kube/config): certificates, tokens and exec plugins. Throws a sentence that says what is missing.
 */
export async function readKubeconfig(
  file = process.env.KUBECONFIG?.split(':')[0] || join(homedir(), '.kube/config'),
  contextName?: string,
): Promise<KubeconfigContext> {
  const text = await readFile(file, 'utf8').catch(() => {
    throw new Error(`no kubeconfig at ${file}: set KUBECONFIG or pass --kubeconfig`);
  });
  const config = parseKubeconfig(text, file);
  const wanted = contextName ?? config['current-context'] ?? undefined;
  const context = config.contexts.find(({ name }) => name === wanted)?.context;
  if (!context) throw new Error(`${file} has no context ${wanted ?? '(none is current)'}`);
  const cluster = config.clusters.find(({ name }) => name === context.cluster)?.cluster;
  if (!cluster) throw new Error(`${file} has no cluster ${context.cluster}`);
  const user = config.users.find(({ name }) => name === context.user)?.user ?? {};
  const base = dirname(resolve(file));
  const [ca, cert, key] = await Promise.all([
    pem(cluster['certificate-authority-data'], cluster['certificate-authority'], base),
    pem(user['client-certificate-data'], user['client-certificate'], base),
    pem(user['client-key-data'], user['client-key'], base),
  ]);
  const token = tokenSource(user, base);
  return {
    cluster: context.cluster,
    namespace: context.namespace ?? 'default',
    options: {
      server: cluster.server,
      ...(ca && { ca }),
      ...(cert && { cert }),
      ...(key && { key }),
      ...(token && { token }),
    },
  };
}

function parseKubeconfig(text: string, file: string): z.infer<typeof Kubeconfig> {
  const refuse = (reason: string) => new Error(`${file} is not a kubeconfig: ${reason}`);
  let value: unknown;
  try {
    value = load(text);
  } catch (error) {
    throw refuse((error as Error).message.split('\n', 1)[0]!); // the lines after it show the place
  }
  const { data, error } = Kubeconfig.safeParse(value);
  if (error)
    throw refuse(error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '));
  return data;
}

async function pem(data: string | undefined, file: string | undefined, base: string) {
  if (data) return Buffer.from(data, 'base64').toString('utf8');
  return file ? await readFile(resolve(base, file), 'utf8') : undefined;
}

function tokenSource(user: z.infer<typeof User>, base: string): ClientOptions['token'] {
  const { token, tokenFile, exec } = user;
  if (token) return async () => token;
  if (tokenFile) return async () => (await readFile(resolve(base, tokenFile), 'utf8')).trim();
  return exec && execToken(exec);
}

/** client.authentication.k8s.io: the plugin prints an ExecCredential; its token is kept until it expires. */
function execToken({ command, args, env }: z.infer<typeof Exec>): (fresh: boolean) => Promise<string> {
  let known: { token: string; expires: number } | undefined;
  return async fresh => {
    if (known && !fresh && known.expires > Date.now() + 10_000) return known.token;
    const extra = Object.fromEntries((env ?? []).map(({ name, value }) => [name, value]));
    const { execFile } = await import('node:child_process'); // who has a token starts without it
    const { stdout } = await promisify(execFile)(command, args ?? [], {
      env: { ...process.env, ...extra },
      maxBuffer: 1024 * 1024,
    });
    const { token, expirationTimestamp } = ExecCredential.parse(JSON.parse(stdout)).status;
    known = {
      token,
      expires: expirationTimestamp ? Date.parse(expirationTimestamp) : Number.POSITIVE_INFINITY,
    };
    return token;
  };
}
