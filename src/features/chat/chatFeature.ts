import * as vscode from 'vscode';
import type { Project } from '../../project/project';
import type { RuntimeClient } from '../../runtime/client';
import { AskFeature } from '../ask/askFeature';
import type { DatasetEditorProvider } from '../datasetEditor/datasetEditorProvider';
import type { PreviewService } from '../preview/previewService';
import type { ProjectService } from '../project/projectService';
import type { DraftRecords } from './draftRecords';
import type { LanguageModels } from './languageModels';
import type { Participant } from './participant';

export interface ChatOptions {
  readonly extensionUri: vscode.Uri;
  readonly projects: ProjectService;
  readonly preview: PreviewService;
  readonly runtime: RuntimeClient;
  readonly editors: DatasetEditorProvider;
  readonly systemPromptOf: (project: Project) => Promise<string>;
  readonly datasetsOf: (project: Project) => Promise<string[]>;
  /** A model was downloaded, or is being. */
  readonly onDidChangeModels: vscode.Event<void>;
  readonly memory: vscode.Memento;
  readonly output: vscode.LogOutputChannel;
}

const PARTICIPANT = 'afina.afina';
/** A download tells of every bit of its progress. */
const QUIET_MS = 500;

/** VS Code's chat: the local models as language models, and @afina. What answers is loaded with the first request. */
export class ChatFeature {
  private readonly changed = new vscode.EventEmitter<void>();
  private models: Promise<LanguageModels> | undefined;
  private drafts: Promise<DraftRecords> | undefined;
  private participant: Promise<Participant> | undefined;
  /** Who could answer when VS Code was told last. */
  private announced = '';
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: ChatOptions) {}

  register(): vscode.Disposable {
    const { preview, extensionUri } = this.options;
    const models = (): Promise<LanguageModels> =>
      (this.models ??= import('./languageModels').then(
        ({ LanguageModels: Loaded }) => new Loaded(this.options),
      ));
    const drafts = (): Promise<DraftRecords> =>
      (this.drafts ??= import('./draftRecords').then(({ DraftRecords: Loaded }) => new Loaded(this.options)));
    const chat = (): Promise<Participant> =>
      (this.participant ??= Promise.all([import('./participant'), models(), drafts()]).then(
        ([{ Participant: Loaded }, ...parts]) => new Loaded(this.options, ...parts),
      ));
    const participant = vscode.chat.createChatParticipant(
      PARTICIPANT,
      async (request, context, stream, token) => (await chat()).answer(request, context, stream, token),
    );
    participant.iconPath = vscode.Uri.joinPath(extensionUri, 'media', 'icon.png');
    participant.followupProvider = { provideFollowups: async (result) => (await chat()).followups(result) };
    return vscode.Disposable.from(
      this.changed,
      new AskFeature({ ...this.options, drafts }).register(),
      { dispose: () => clearTimeout(this.timer) },
      participant,
      this.options.onDidChangeModels(() => {
        clearTimeout(this.timer);
        this.timer = setTimeout(() => this.changed.fire(), QUIET_MS);
      }),
      preview.onDidChange(() => this.announce()),
      vscode.commands.registerCommand('afina.openChat', async () => {
        const { openChat } = await import('./openChat');
        await openChat(await models(), this.options);
      }),
      vscode.commands.registerCommand('afina.showDraft', async (place?: unknown) =>
        (await drafts()).show(place),
      ),
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration('afina.chat')) this.changed.fire();
      }),
      vscode.lm.registerLanguageModelChatProvider('afina', {
        onDidChangeLanguageModelChatInformation: this.changed.event,
        provideLanguageModelChatInformation: async () =>
          this.options.projects.projects.length === 0 ? [] : (await models()).list(),
        provideLanguageModelChatResponse: async (model, messages, options, progress, token) =>
          (await models()).respond(model.id, messages, options, progress, token),
        provideTokenCount: async (model, text, token) => (await models()).count(model.id, text, token),
      }),
    );
  }

  /** The runs change with every poll; whoever lists the models reads their files. */
  private announce(): void {
    const { projects, preview } = this.options;
    const answerers = projects.projects.map((project) => [
      project.root,
      project.models,
      preview.answerers(project),
      preview.inUse(project),
    ]);
    const now = JSON.stringify(answerers);
    if (now === this.announced) return;
    this.announced = now;
    this.changed.fire();
  }
}
