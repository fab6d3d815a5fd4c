import { DescribeClusterCommand, EKSClient } from '@aws-sdk/client-eks';
import { type Client, createClient } from './client.ts';
import { type Credentials, eksToken } from './eks-token.ts';
import { CertificateError, UnauthorizedError } from './errors.ts';

/** The API servers of EKS clusters by name. */
export interface Clusters {
  /**
   * Runs `work` with a client of the cluster. When the endpoint or its certificate authority turned out to be
   * stale, they are read again and `work` runs once more: it must be safe to repeat.
   */
  use<T>(
    name: string,
    remainingMs: () => number,
    work: (client: Client, server: string) => Promise<T>,
  ): Promise<T>;
}

interface Endpoint {
  server: string;
  ca: string | undefined; // PEM
}

const TOKEN_LIFE_MS = 14 * 60_000; // of the 15 minutes that the server allows

export function createClusters(eks = new EKSClient({})): Clusters {
  const endpoints = new Map<string, Promise<Endpoint>>();
  const clients = new Map<string, { client: Client; endpoint: Endpoint }>();
  const tokens = new Map<string, { token: string; expires: number }>();
  let remaining = () => Infinity;

  const describe = async (name: string): Promise<Endpoint> => {
    const { cluster } = await eks.send(new DescribeClusterCommand({ name }));
    if (!cluster?.endpoint) throw new Error(`cluster ${name} has no endpoint (status ${cluster?.status})`);
    const data = cluster.certificateAuthority?.data;
    return { server: cluster.endpoint, ca: data && Buffer.from(data, 'base64').toString('utf8') };
  };

  const endpointOf = (name: string) => {
    const known = endpoints.get(name);
    if (known) return known;
    const asked = describe(name);
    endpoints.set(name, asked);
    asked.catch(() => endpoints.delete(name));
    return asked;
  };

  const tokenOf = async (name: string, fresh: boolean) => {
    const known = tokens.get(name);
    if (known && !fresh && known.expires > Date.now()) return known.token;
    const credentials: Credentials = await eks.config.credentials();
    const token = eksToken(name, await eks.config.region(), credentials, new Date());
    tokens.set(name, { token, expires: Date.now() + TOKEN_LIFE_MS });
    return token;
  };

  const clientOf = async (name: string) => {
    const endpoint = await endpointOf(name);
    const known = clients.get(name);
    if (known?.endpoint === endpoint) return known;
    known?.client.close();
    const { server, ca } = endpoint;
    const client = createClient({
      server,
      ...(ca && { ca }),
      token: fresh => tokenOf(name, fresh),
      remainingMs: () => remaining(),
    });
    const made = { client, endpoint };
    clients.set(name, made);
    return made;
  };

  return {
    async use(name, remainingMs, work) {
      remaining = remainingMs; // a function instance handles one invocation at a time
      const { client, endpoint } = await clientOf(name);
      try {
        return await work(client, endpoint.server);
      } catch (error) {
        if (!(error instanceof CertificateError || error instanceof UnauthorizedError)) throw error;
        endpoints.delete(name);
        const again = await clientOf(name);
        return await work(again.client, again.endpoint.server);
      }
    },
  };
}
