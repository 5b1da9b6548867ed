import path from 'node:path';
import * as vscode from 'vscode';
import { Monitor } from '../../jobs/monitor';
import { isEnded } from '../../jobs/run';
import type { Run } from '../../jobs/run';
import { RunStore } from '../../jobs/runStore';
import type { BrokenRun } from '../../jobs/runStore';
import type { TransportFor } from '../../jobs/submit';
import { isCancelled, messageOf } from '../../protocol/errors';
import type { Project } from '../../project/project';
import { makeFormat } from '../../protocol/format';
import { interfaceLanguage } from '../l10n';
import type { FetchedAdapter } from '../preview/previewService';
import type { ProjectService } from '../project/projectService';

/** A run, and the project it belongs to. */
export interface ProjectRun {
  /** Absolute folder of the project. */
  readonly root: string;
  readonly run: Run;
}

interface Watched {
  readonly store: RunStore;
  readonly monitor: Monitor;
  readonly stop: () => void;
  monitoring: boolean;
  runs: readonly Run[];
  broken: readonly BrokenRun[];
  refreshing: Promise<void> | undefined;
  again: boolean;
}

const LOCAL_POLL_MS = 2000;
const LOCAL_POLL_UNSEEN_MS = 5000;
/** How much rarer a cluster is asked when no run is on screen. */
const UNSEEN_FACTOR = 6;

/** The runs of all projects, kept up to date; follows those that have not ended. */
export class RunsService implements vscode.Disposable {
  private readonly watched = new Map<string, Watched>();
  private readonly changed = new vscode.EventEmitter<void>();
  private readonly progressed = new vscode.EventEmitter<ProjectRun>();
  private readonly ended = new vscode.EventEmitter<ProjectRun>();
  private readonly silences = new Map<string, string>();
  private readonly viewers = new Set<object>();
  private readonly disposables: vscode.Disposable[] = [this.changed, this.progressed, this.ended];
  private disposed = false;

  /** The list, a state or a silent cluster changed. */
  readonly onDidChange = this.changed.event;
  /** One run changed, or has new metrics or log lines. */
  readonly onDidProgress = this.progressed.event;
  /** A run ended while this window watched. */
  readonly onDidEnd = this.ended.event;

  constructor(
    private readonly projects: ProjectService,
    readonly transportFor: TransportFor,
    private readonly output: vscode.LogOutputChannel,
  ) {}

  register(): vscode.Disposable {
    this.disposables.push(this.projects.onDidChange(() => this.follow()));
    this.follow();
    return this;
  }

  dispose(): void {
    this.disposed = true;
    for (const root of [...this.watched.keys()]) this.drop(root);
    for (const disposable of this.disposables) disposable.dispose();
  }

  /** Newest first, over all projects. */
  get all(): readonly ProjectRun[] {
    return [...this.watched]
      .flatMap(([root, { runs }]) => runs.map((run) => ({ root, run })))
      .sort((a, b) => b.run.createdAt.localeCompare(a.run.createdAt));
  }

  /** Run folders that cannot be read. */
  get broken(): readonly (BrokenRun & { readonly root: string })[] {
    return [...this.watched].flatMap(([root, { broken }]) => broken.map((each) => ({ root, ...each })));
  }

  /** Why a cluster does not answer, by its name. */
  get silentClusters(): ReadonlyMap<string, string> {
    return this.silences;
  }

  find(root: string, id: string): ProjectRun | undefined {
    const run = this.watched.get(root)?.runs.find((each) => each.id === id);
    return run === undefined ? undefined : { root, run };
  }

  /** Fetched runs of a project: what can answer beside their base. Newest first. */
  adaptersOf(project: Project): FetchedAdapter[] {
    const runs = this.watched.get(project.root)?.runs ?? [];
    return runs.flatMap(({ id, job, base, fetched, createdAt }) =>
      fetched === null
        ? []
        : [
            {
              run: id,
              title: `${job} · ${makeFormat(interfaceLanguage()).time(createdAt)}`,
              model: base.model,
              gguf: path.resolve(this.store(project.root).folder(id), fetched.gguf),
            },
          ],
    );
  }

  store(root: string): RunStore {
    return this.watched.get(root)?.store ?? new RunStore(root);
  }

  /** Says that runs are on screen, until the result is disposed of: clusters are asked more often. */
  watchOnScreen(): vscode.Disposable {
    const viewer = {};
    this.viewers.add(viewer);
    if (this.viewers.size === 1) void this.pollNow();
    return { dispose: () => this.viewers.delete(viewer) };
  }

  /** Reads the stored runs and asks every cluster that has unfinished ones. Its errors are shown, not thrown. */
  async pollNow(): Promise<void> {
    await Promise.all(
      [...this.watched].map(async ([root, watched]) => {
        await this.refresh(root);
        if (!watched.monitoring) return;
        await watched.monitor.pollNow().catch((error: unknown) => {
          if (!isCancelled(error)) this.output.warn(messageOf(error));
        });
      }),
    );
  }

  /** Reads the runs of one project again. */
  async refresh(root: string): Promise<void> {
    const watched = this.watched.get(root);
    if (watched === undefined) return;
    if (watched.refreshing !== undefined) {
      watched.again = true;
      await watched.refreshing;
      return;
    }
    do {
      watched.again = false;
      watched.refreshing = this.readRuns(watched);
      await watched.refreshing;
      watched.refreshing = undefined;
      // Set meanwhile by another caller.
    } while (watched.again as boolean);
    this.changed.fire();
  }

  private async readRuns(watched: Watched): Promise<void> {
    try {
      const { runs, broken } = await watched.store.list();
      watched.runs = runs;
      watched.broken = broken;
    } catch (error) {
      this.output.error(messageOf(error));
    }
    const unfinished = watched.runs.some(({ state }) => !isEnded(state));
    if (unfinished && !watched.monitoring && !this.disposed) {
      watched.monitoring = true;
      watched.monitor.start();
    } else if (!unfinished && watched.monitoring) {
      watched.monitoring = false;
      await watched.monitor.stop().catch((error: unknown) => this.output.error(messageOf(error)));
    }
  }

  private follow(): void {
    const roots = new Set(this.projects.projects.map(({ root }) => root));
    for (const root of [...this.watched.keys()]) if (!roots.has(root)) this.drop(root);
    for (const root of roots) {
      if (this.watched.has(root)) continue;
      this.watched.set(root, this.watch(root));
      void this.refresh(root);
    }
    this.changed.fire();
  }

  private watch(root: string): Watched {
    const store = new RunStore(root);
    const monitor = new Monitor({
      runStore: store,
      transportFor: this.transportFor,
      intervals: this.intervals(),
    });
    const refresh = (): void => void this.refresh(root);
    const stops = [
      store.watchChanges(refresh),
      monitor.onChange((run) => {
        refresh();
        this.progressed.fire({ root, run });
      }),
      monitor.onEnd((run) => this.ended.fire({ root, run })),
      monitor.onError((cluster, error) => {
        if (error === undefined) this.silences.delete(cluster);
        else if (!isCancelled(error)) this.silences.set(cluster, error.message);
        this.changed.fire();
      }),
    ];
    return {
      store,
      monitor,
      stop: () => stops.forEach((stop) => stop()),
      monitoring: false,
      runs: [],
      broken: [],
      refreshing: undefined,
      again: false,
    };
  }

  /** Read anew for every poll, so that what is on screen and the settings count at once. */
  private intervals(): { readonly local: number; readonly remote: number } {
    const seen = (): boolean => this.viewers.size > 0;
    return {
      get local() {
        return seen() ? LOCAL_POLL_MS : LOCAL_POLL_UNSEEN_MS;
      },
      get remote() {
        const seconds = vscode.workspace.getConfiguration('afina').get('runs.pollSeconds', 20);
        return Math.max(5, seconds) * 1000 * (seen() ? 1 : UNSEEN_FACTOR);
      },
    };
  }

  private drop(root: string): void {
    const watched = this.watched.get(root);
    if (watched === undefined) return;
    this.watched.delete(root);
    watched.stop();
    void watched.monitor.stop().catch((error: unknown) => this.output.error(messageOf(error)));
  }
}
