/** What the kernel asks the engine; see engine.ts of the kernel. */

/** All records of flows that ended are to be taken: there is no room for more. */
export declare function takeFlows(): void;

/** A flow ends that has aliases: they go; returns where the row of one with another responder begins, -1 for none. */
export declare function releaseAliases(flow: i32): i32;
