/** What is used of the JavaScript API of WebAssembly, which only TypeScript's library for browsers describes. */
declare namespace WebAssembly {
  class Memory {
    readonly buffer: ArrayBuffer;
    constructor(limits: { initial: number; maximum?: number; shared?: boolean });
    grow(pages: number): number;
  }
  class Module {
    constructor(code: Uint8Array);
  }
  class Instance {
    readonly exports: object;
    constructor(module: Module, imports: { env: { memory: Memory } });
  }
}
