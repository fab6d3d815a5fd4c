/** A file that cannot be indexed at all, told in one sentence. Trying again does not help. */
export class CaptureError extends Error {
  override readonly name: string = 'CaptureError';
  readonly retry = false;
}

/** The bytes are no capture file, and no archive of capture files. */
export class NotACapture extends CaptureError {
  override readonly name = 'NotACapture';
}

/** No packet of the capture can be decoded. */
export class UnknownLinkType extends CaptureError {
  override readonly name = 'UnknownLinkType';
}
