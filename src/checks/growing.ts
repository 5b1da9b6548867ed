/** Numbers in an array that grows, half the size of a list of them. */
export class Growing {
  private values = new Uint32Array(1024);
  length = 0;

  /** Room for `count` numbers more; the place where they are to be written. */
  room(count: number): { readonly target: Uint32Array; readonly at: number } {
    const needed = this.length + count;
    if (needed > this.values.length) {
      const larger = new Uint32Array(Math.max(needed, this.values.length * 2));
      larger.set(this.values.subarray(0, this.length));
      this.values = larger;
    }
    const at = this.length;
    this.length = needed;
    return { target: this.values, at };
  }

  push(value: number): void {
    const { target, at } = this.room(1);
    target[at] = value;
  }

  append(values: Uint32Array): void {
    const { target, at } = this.room(values.length);
    target.set(values, at);
  }

  /** A copy of its own size. */
  toArray(): Uint32Array {
    return this.values.slice(0, this.length);
  }
}
