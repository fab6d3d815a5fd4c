import type { Hint } from './hint.ts';

/**
 * Reads one kind of forwarder's events. Undefined when the event is of another kind; an empty list when it is of
 * this kind and means nothing to us. What is malformed inside is skipped: the sweep finds what a hint could not say.
 */
export type Decoder = (event: unknown, clusters: string[]) => Hint[] | undefined;

/** Of several clusters one that events do not name cannot be told; the only one can. */
export const onlyCluster = (clusters: string[]) => (clusters.length === 1 ? clusters[0] : undefined);
