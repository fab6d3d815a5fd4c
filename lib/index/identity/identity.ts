/** What an address was at one moment; absent fields are unknown or do not apply. */
export interface Identity {
  source: 'snapshot' | 'dns' | 'none';
  namespace?: string;
  podName?: string;
  workloadKind?: string;
  workloadName?: string;
  service?: string;
  nodeName?: string;
  labels?: string; // JSON object
}

export const UNKNOWN: Identity = { source: 'none' };
