/** Where a Capture and its index are; for `parseArguments`. */
export const CAPTURE_OPTIONS = {
  namespace: { type: 'string', short: 'n' },
  kubeconfig: { type: 'string' },
  context: { type: 'string' },
  cluster: { type: 'string' },
  bucket: { type: 'string' },
  'index-prefix': { type: 'string' },
} as const;

export type CaptureOptions = { [name in keyof typeof CAPTURE_OPTIONS]?: string | undefined };

export const CAPTURE_USAGE = `Of a CAPTURE ([NAMESPACE/]NAME):
  -n, --namespace N     its namespace (of the kubeconfig's context)
  --kubeconfig, --context   the cluster that has it ($KUBECONFIG, its current context)
  --cluster NAME        the cluster's name in EKS (from the context: an ARN's last part)
  --bucket NAME         where its index is ($CAPTURE_BUCKET)
  --index-prefix P      below which prefix ($INDEX_PREFIX, else index/)
`;
