import type * as vscode from 'vscode';
import type { Project } from '../../project/project';
import type { PreviewSetup } from '../../protocol/preview';

const DEFAULT: PreviewSetup = {
  sampling: {},
  system: null,
  scale: 1,
  base: true,
  also: [],
  layout: 'side',
  differences: false,
  open: false,
};

/** Where preference records go that are made of others: a dataset, or below the record they are made of. */
export type PreferencePlace = { readonly kind: 'beside' } | { readonly kind: 'file'; readonly file: string };

/** What each project's previews are set to; kept by VS Code for the workspace. */
export class PreviewSetups {
  constructor(
    private readonly memory: vscode.Memento,
    private readonly changed: () => void,
  ) {}

  of({ root }: Project): PreviewSetup {
    const saved = this.memory.get<Partial<PreviewSetup>>(`previewSetup:${root}`);
    return { ...DEFAULT, ...saved };
  }

  async change({ root }: Project, setup: PreviewSetup): Promise<void> {
    await this.memory.update(`previewSetup:${root}`, setup);
    this.changed();
  }

  /** Where the last one went. */
  preferencesOf({ root }: Project): PreferencePlace | undefined {
    return this.memory.get<PreferencePlace>(`preferences:${root}`);
  }

  async keepPreferences({ root }: Project, place: PreferencePlace): Promise<void> {
    await this.memory.update(`preferences:${root}`, place);
  }
}
