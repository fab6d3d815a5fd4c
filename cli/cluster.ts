import { Capture } from '../lib/capture/resource.ts';
import { type Client, createClient, type Resource } from '../lib/kubernetes/client.ts';
import { NotFoundError } from '../lib/kubernetes/errors.ts';
import { readKubeconfig } from '../lib/kubernetes/kubeconfig.ts';
import { paths } from '../lib/kubernetes/paths.ts';
import { CommandError } from './errors.ts';

/** Options of every command that talks to a cluster; for `parseArguments`. */
export const CLUSTER_OPTIONS = {
  namespace: { type: 'string', short: 'n' },
  kubeconfig: { type: 'string' },
  context: { type: 'string' },
} as const;

export const CLUSTER_USAGE = `  -n, --namespace N         (of the kubeconfig's context)
  --kubeconfig, --context   the cluster ($KUBECONFIG, its current context)
`;

type ClusterOptions = { [name in keyof typeof CLUSTER_OPTIONS]?: string | undefined };

export interface Cluster extends Disposable {
  client: Client;
  namespace: string;
}

export async function openCluster(options: ClusterOptions): Promise<Cluster> {
  const context = await readKubeconfig(options.kubeconfig, options.context);
  const client = createClient(context.options);
  return {
    client,
    namespace: options.namespace ?? context.namespace,
    [Symbol.dispose]: () => client.close(),
  };
}

export async function getCapture({ client, namespace }: Cluster, name: string): Promise<Capture> {
  try {
    return Capture.parse(await client.get<Resource>(paths.captures(namespace, name)));
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error;
    throw new CommandError(`Capture ${namespace}/${name} was not found`, { cause: error });
  }
}
