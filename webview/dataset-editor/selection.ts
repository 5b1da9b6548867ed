import type { RecordTarget } from '../../src/protocol/bulk';

/** Which rows of the list are chosen together: named ones, or all that the list shows but some. */
export class Selection {
  all = false;
  /** Index in the shown list at which a range begins. */
  anchor: number | null = null;
  private keys = new Set<number>();

  has(key: number): boolean {
    return this.all !== this.keys.has(key);
  }

  /** `total`: rows of the shown list. */
  size(total: number): number {
    return this.all ? Math.max(0, total - this.keys.size) : this.keys.size;
  }

  toggle(key: number): void {
    if (!this.keys.delete(key)) this.keys.add(key);
  }

  set(keys: readonly number[]): void {
    this.all = false;
    this.keys = new Set(keys);
  }

  setAll(): void {
    this.all = true;
    this.keys = new Set();
  }

  clear(): void {
    this.all = false;
    this.anchor = null;
    this.keys = new Set();
  }

  target(): RecordTarget {
    return this.all ? { kind: 'shown', except: [...this.keys] } : { kind: 'keys', keys: [...this.keys] };
  }
}
