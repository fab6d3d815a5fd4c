/** A request and its response, as far as they were seen: a row of `http`. */
export class Exchange {
  readonly time: number;
  asked = false; // its request was seen
  version: string | null = null;
  method: string | null = null;
  host: string | null = null;
  uri: string | null = null;
  userAgent: string | null = null;
  status: number | null = null;
  message: string | null = null;
  grpcStatus: number | null = null;
  requestBody = 0;
  responseBody = 0;
  latency: number | null = null; // seconds
  truncated = false;

  constructor(time: number) {
    this.time = time;
  }
}
