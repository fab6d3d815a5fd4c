/** A container that breaks off or is damaged in the middle: what came before it was read. */
export class TruncatedArchive extends Error {
  override readonly name = 'TruncatedArchive';
}
