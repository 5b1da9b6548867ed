import type { PreviewSampling, PreviewSetup } from '../../src/protocol/preview';
import type { EditorStore } from './store';

/** Milliseconds without a change after which it is kept. */
const PAUSE = 500;

/** How previews are asked and shown, the same for all editors of a project. */
export class PreviewSetting {
  setup: PreviewSetup | undefined;
  /** What VS Code's settings say where nothing else is set here. */
  defaults: PreviewSampling | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly store: EditorStore) {}

  /** What is being changed here is newer than what others know. */
  async load(): Promise<void> {
    const { setup, defaults } = await this.store.request('preview/setup', {});
    this.defaults = defaults;
    if (this.timer === undefined) this.setup = setup;
  }

  change(change: Partial<PreviewSetup>): void {
    if (this.setup === undefined) return;
    this.setup = { ...this.setup, ...change };
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.store.guard(() => this.keep()), PAUSE);
    this.store.changed();
  }

  /** A value of the sampler; undefined leaves it to VS Code's settings again. */
  draw(name: keyof PreviewSampling, value: number | undefined): void {
    const others = Object.entries(this.setup?.sampling ?? {}).filter(([each]) => each !== name);
    this.change({
      sampling: { ...Object.fromEntries(others), ...(value === undefined ? {} : { [name]: value }) },
    });
  }

  valueOf(name: keyof PreviewSampling): number {
    return this.setup?.sampling[name] ?? this.defaults?.[name] ?? 0;
  }

  /** Whether answers are drawn or asked for in another way than the settings and the record say. */
  get differs(): boolean {
    const { setup } = this;
    if (setup === undefined) return false;
    return Object.keys(setup.sampling).length > 0 || setup.system !== null || setup.scale !== 1;
  }

  /** Ends when the extension host knows what is set. */
  async keep(): Promise<void> {
    if (this.timer === undefined || this.setup === undefined) return;
    clearTimeout(this.timer);
    this.timer = undefined;
    await this.store.request('preview/setUp', { setup: this.setup });
  }
}
