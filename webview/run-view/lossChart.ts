import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { Format } from '../../src/protocol/format';
import type { Curves, Points } from '../../src/protocol/runView';
import { t } from '../shared/l10n';

const HEIGHT = 280;

/** Loss over steps: training and evaluation, in the theme's colours, as wide as its place. */
export class LossChart {
  private plot: uPlot | undefined;
  private train: Points = [];
  private evaluation: Points = [];

  constructor(
    private readonly place: HTMLElement,
    private readonly format: Format,
  ) {
    new ResizeObserver(() => this.plot?.setSize(this.size())).observe(place);
    // VS Code writes the theme's kind and colours on these two; canvas colours do not follow by themselves.
    const theme = new MutationObserver(() => this.rebuild());
    theme.observe(document.body, { attributes: true, attributeFilter: ['class', 'data-vscode-theme-id'] });
  }

  get isEmpty(): boolean {
    return this.train.length + this.evaluation.length === 0;
  }

  add({ reset, train, eval: evaluation }: Curves): void {
    this.train = reset ? train : [...this.train, ...train];
    this.evaluation = reset ? evaluation : [...this.evaluation, ...evaluation];
    if (this.isEmpty) {
      this.plot?.destroy();
      this.plot = undefined;
    } else if (this.plot === undefined) {
      this.rebuild();
    } else {
      this.plot.setData(this.data());
      this.showLast();
    }
    this.place.setAttribute('aria-label', this.inWords());
  }

  private inWords(): string {
    const first = this.train[0];
    const last = this.train.at(-1);
    if (first === undefined || last === undefined) return t('No loss has been logged yet.');
    return t(
      'Loss over steps: from {0} to {1} at step {2}',
      this.format.decimal(first[1], 2),
      this.format.decimal(last[1], 2),
      this.format.integer(last[0]),
    );
  }

  private size(): { width: number; height: number } {
    return { width: Math.max(200, this.place.clientWidth), height: HEIGHT };
  }

  /** uPlot wants one list of steps for all series. */
  private data(): uPlot.AlignedData {
    const steps = [...new Set([...this.train, ...this.evaluation].map(([step]) => step))].sort(
      (a, b) => a - b,
    );
    const train = new Map(this.train);
    const evaluation = new Map(this.evaluation);
    return [steps, steps.map((step) => train.get(step)), steps.map((step) => evaluation.get(step))];
  }

  private rebuild(): void {
    if (this.isEmpty) return;
    this.plot?.destroy();
    const style = getComputedStyle(document.body);
    const color = (name: string, otherwise: string): string =>
      style.getPropertyValue(name).trim() || otherwise;
    const text = color('--vscode-descriptionForeground', '#888');
    const grid = {
      stroke: color('--vscode-editorIndentGuide-background1', 'rgba(128, 128, 128, 0.25)'),
      width: 1,
    };
    const font = `12px ${color('--vscode-font-family', 'sans-serif')}`;
    const axis = { stroke: text, grid, ticks: { ...grid, size: 5 }, font, labelFont: font };
    const value = (_: uPlot, raw: number | null | undefined): string =>
      raw === null || raw === undefined ? '–' : this.format.decimal(raw, 4);
    const train = color('--vscode-charts-blue', '#3794ff');
    const evaluation = color('--vscode-charts-yellow', '#cca700');
    this.plot = new uPlot(
      {
        ...this.size(),
        cursor: { drag: { x: true, y: false }, points: { size: 7 } },
        scales: {
          x: { time: false },
          y: { range: (_plot, low, high) => padded(low, high) },
        },
        axes: [
          { ...axis, values: (_plot, ticks) => ticks.map((tick) => this.format.integer(tick)), incrs: WHOLE },
          {
            ...axis,
            size: 56,
            values: (_plot, ticks, _axis, _space, increment) =>
              ticks.map((tick) => this.format.decimal(tick, increment >= 1 ? 0 : increment >= 0.1 ? 1 : 2)),
          },
        ],
        series: [
          {
            label: t('Step'),
            value: (_plot, raw: number | null) => (raw === null ? '–' : this.format.integer(raw)),
          },
          {
            label: t('Training loss'),
            stroke: train,
            width: 1.8,
            points: { show: this.train.length < 3 },
            spanGaps: true,
            value,
          },
          {
            label: t('Evaluation loss'),
            stroke: evaluation,
            width: 1.8,
            dash: [6, 4],
            points: { show: true, size: 7, fill: evaluation, stroke: evaluation },
            spanGaps: true,
            value,
          },
        ],
      },
      this.data(),
      this.place,
    );
    this.showLast();
  }

  /** The legend shows the newest values until the pointer asks for others. */
  private showLast(): void {
    const { plot } = this;
    if (plot !== undefined && (plot.cursor.left ?? -1) < 0) plot.setLegend({ idx: plot.data[0].length - 1 });
  }
}

/** Steps are whole numbers: so are the distances between their ticks. */
const WHOLE = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000];

/** Some air above and below, and a range even for a single value. */
function padded(low: number | null, high: number | null): [number, number] {
  if (low === null || high === null) return [0, 1];
  const air = Math.max((high - low) * 0.08, Math.abs(high) * 0.02, 0.01);
  return [Math.max(0, low - air), high + air];
}
