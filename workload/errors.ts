/** A step of the capture failed in a way that its user can act on; the message is one sentence. */
export class CaptureError extends Error {
  override name = 'CaptureError';
}

/** The sentence to show for whatever was thrown, on one line. */
export function sentence(error: unknown): string {
  const text = error instanceof Error ? error.message || error.name : String(error);
  return text.replaceAll(/\s+/g, ' ').trim();
}

export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
