/** Numbers that grow in number; the space for them is kept when they are emptied. */
export class Int32Vector {
  values = new Int32Array(0);
  length = 0;

  reserve(more: number): void {
    const size = this.length + more;
    if (size <= this.values.length) return;
    const larger = new Int32Array(Math.max(size, 2 * this.values.length));
    larger.set(this.values.subarray(0, this.length));
    this.values = larger;
  }

  push(value: number): void {
    if (this.length === this.values.length) this.reserve(64);
    this.values[this.length++] = value;
  }
}

export class Float64Vector {
  values = new Float64Array(0);
  length = 0;

  push(value: number): void {
    if (this.length === this.values.length) {
      const larger = new Float64Array(Math.max(64, 2 * this.length));
      larger.set(this.values);
      this.values = larger;
    }
    this.values[this.length++] = value;
  }
}
