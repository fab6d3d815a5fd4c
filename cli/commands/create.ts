import { setTimeout as sleep } from 'node:timers/promises';
import { isFinal } from '../../lib/capture/resource.ts';
import { validateSpec } from '../../lib/capture/validate.ts';
import { AlreadyExistsError } from '../../lib/kubernetes/errors.ts';
import { paths } from '../../lib/kubernetes/paths.ts';
import { parseArguments } from '../arguments.ts';
import { captureManifest, SPEC_OPTIONS } from '../capture-manifest.ts';
import { jobsOf, stateOf } from '../capture-state.ts';
import { CLUSTER_OPTIONS, CLUSTER_USAGE, type Cluster, getCapture, openCluster } from '../cluster.ts';
import { CommandError, UsageError } from '../errors.ts';

export const usage = `Usage: capturectl create NAME [options]

Starts a Capture. Its targets are, by one of these, nodes or pods (without any of them every Linux node):
  --node-names A,B          --node-selectors KEY=VALUE,…
  --pod-selectors KEY=VALUE,…  and, or, --namespace-selectors KEY=VALUE,…
  --pod-names A,B

When it stops:
  --duration 30s            (1m0s; 0 for no limit)
  --max-size MIB            (100; 0 for no limit)
  --file-count N            keeps the last N files of --max-size
What it takes:
  --pcap-filter EXPR        --include-filter IP:PORT,…   --exclude-filter IP:PORT,…
  --source-ips A,B          --destination-ips A,B
  --packet-size BYTES       of each packet (all)
  --interfaces A,B          --no-promiscuous             --no-metadata
Where it goes:
  --host-path DIR           a folder on the nodes, below the configured one (retina; '' for none)
  --pvc NAME                a volume
  --s3-bucket NAME          --s3-region R  --s3-endpoint URL  --s3-path P  --s3-secret NAME (keys; else the nodes' identity)
  --cleanup-after-upload    deletes the Capture once its files are proven to be there

  --wait                    until it is complete (exit code 0) or has failed (1)
${CLUSTER_USAGE}`;

const PERIOD = 1000; // milliseconds between two looks
const BASE_DIR = '/var/log/retina/captures'; // only to judge the path's form: the service has its own

export async function run(args: string[]): Promise<number> {
  const options = { ...CLUSTER_OPTIONS, ...SPEC_OPTIONS, wait: { type: 'boolean' } } as const;
  const { values, positionals } = parseArguments(args, options, { name: 'NAME', least: 1, most: 1 });
  const name = positionals[0]!;
  const { namespace: _, kubeconfig: __, context: ___, wait, ...specOptions } = values;
  captureSpec(name, specOptions);
  using cluster = await openCluster(values);
  const manifest = captureManifest(name, cluster.namespace, specOptions);
  try {
    await cluster.client.create(paths.captures(cluster.namespace), manifest);
  } catch (error) {
    if (!(error instanceof AlreadyExistsError)) throw error;
    throw new CommandError(`Capture ${cluster.namespace}/${name} is there already`, { cause: error });
  }
  process.stdout.write(`Capture ${cluster.namespace}/${name} created\n`);
  return wait ? await waitFor(cluster, name) : 0;
}

/** Says at once, and before anything is made, what the service would say in the status. */
function captureSpec(name: string, options: Parameters<typeof captureManifest>[2]): void {
  try {
    validateSpec(captureManifest(name, 'default', options).spec, BASE_DIR);
  } catch (error) {
    if (error instanceof UsageError || !(error instanceof Error)) throw error;
    throw new UsageError(error.message);
  }
}

async function waitFor(cluster: Cluster, name: string): Promise<number> {
  for (let last = ''; ; await sleep(PERIOD)) {
    const capture = await getCapture(cluster, name);
    const line = `${stateOf(capture).text}, ${jobsOf(capture)} Jobs done`;
    if (line !== last) process.stderr.write(`${line}\n`);
    last = line;
    if (!isFinal(capture)) continue;
    const failure = capture.status.conditions?.find(
      ({ type, status }) => type === 'error' && status === 'True',
    );
    if (!failure) return 0;
    throw new CommandError(failure.message);
  }
}
