/** What the program asks of TypeScript. */

/** The number of an end of the batch, of clients or of servers, as endNumber gives it (see ends.ts). */
export declare function numberOf(side: usize, place: i32, isFull: bool): i32;
