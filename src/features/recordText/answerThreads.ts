import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import type { Turn } from '../../dataset/record';
import type { RecordDocument } from '../../dataset/recordDocument';
import { UserError } from '../../protocol/errors';
import type { PreviewService } from '../preview/previewService';
import { showError } from '../showError';
import { asUri } from '../uri';
import { AnswerComment } from './answerComment';
import { AnswerThread } from './answerThread';
import type { TurnAnswer } from './answerThread';
import type { RecordSource } from './recordSource';
import { RECORD_SCHEME, recordAddress } from './recordUri';

/** Milliseconds without typing after which threads follow their turns. */
const PAUSE = 200;

export interface AnswerThreadsOptions {
  readonly source: RecordSource;
  readonly preview: PreviewService;
  readonly output: vscode.LogOutputChannel;
}

/** Answers of the models in the text of a record, each below its turn, and what is done with them. */
export class AnswerThreads {
  private readonly controller = vscode.comments.createCommentController(
    'afina.answers',
    t('Answers of the models'),
  );
  private readonly threads = new Map<string, AnswerThread[]>();
  private readonly timers = new Map<string, NodeJS.Timeout>();

  constructor(private readonly options: AnswerThreadsOptions) {}

  register(): vscode.Disposable {
    return vscode.Disposable.from(
      this.controller,
      ...this.commands(),
      vscode.workspace.onDidChangeTextDocument(({ document }) => this.followSoon(document)),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => this.close(uri)),
      vscode.window.onDidChangeActiveTextEditor(() => this.updateContext()),
      { dispose: () => this.closeAll() },
    );
  }

  private commands(): vscode.Disposable[] {
    const { output } = this.options;
    const register = (command: string, act: (...args: unknown[]) => unknown): vscode.Disposable =>
      vscode.commands.registerCommand(command, async (...args: unknown[]) => {
        try {
          return await act(...args);
        } catch (error) {
          void showError(error, { output });
          return undefined;
        }
      });
    return [
      register('afina.previewTurn', (target, turn) =>
        this.preview(asUri(target), typeof turn === 'number' ? turn : undefined),
      ),
      register('afina.stopTurnPreview', (target) => this.of(target)?.stop()),
      register('afina.regenerateTurnAnswer', (target) => this.regenerate(target)),
      register('afina.dismissTurnAnswer', (target) => this.dismiss(this.of(target))),
      register('afina.useTurnAnswer', (target) => this.use(target)),
      register('afina.rejectTurnAnswer', (target) => this.reject(target)),
    ];
  }

  /** Ends with what was answered, for whoever has called the command. */
  private async preview(
    target: vscode.Uri | undefined,
    wanted: number | undefined,
  ): Promise<readonly TurnAnswer[] | undefined> {
    const editor = vscode.window.activeTextEditor;
    const uri = target ?? editor?.document.uri;
    const address = uri?.scheme === RECORD_SCHEME ? recordAddress(uri) : undefined;
    if (uri === undefined || address === undefined) return undefined;
    const document = await vscode.workspace.openTextDocument(uri);
    const { turns } = await read(document);
    const here = editor?.document === document ? document.offsetAt(editor.selection.active) : Infinity;
    const turn = wanted ?? turns.findLastIndex(({ heading }) => heading.start <= here);
    // Asked in the question, its answer is meant.
    const answers = [turn, turn + 1, turns.findLastIndex(({ role }) => role === 'assistant')];
    const index = answers.find((each) => turns[each]?.role === 'assistant');
    if (index === undefined) throw noAnswer();
    const thread = this.threadAt(document, index);
    await thread.ask(await this.messagesFor(document, index));
    return thread.answers;
  }

  private async regenerate(target: unknown): Promise<void> {
    const thread = this.of(target);
    const document = thread === undefined ? undefined : documentOf(thread.thread.uri);
    if (thread === undefined || document === undefined) return;
    const project = this.options.preview.projectOf(recordAddress(document.uri)?.file ?? '');
    const { temperature } = {
      ...this.options.preview.sampling(),
      ...this.options.preview.setups.of(project).sampling,
    };
    if (temperature === 0) {
      void vscode.window.showInformationMessage(t('With temperature 0 every seed gives the same answer.'));
    }
    await thread.ask(await this.messagesFor(document, thread.turn), true);
  }

  /** The answer becomes the turn's text: one step of undo in the editor. */
  private async use(target: unknown): Promise<void> {
    const found = this.answerOf(target);
    if (found === undefined) return;
    const { thread, comment, document } = found;
    const [{ turns }, { writeContent }] = await Promise.all([
      read(document),
      import('../../dataset/turnText'),
    ]);
    const turn = turns[thread.turn];
    if (turn === undefined) return;
    const written = writeContent(comment.text.trim());
    const [first, last] = [turn.lines[0], turn.lines.at(-1)];
    const edit = new vscode.WorkspaceEdit();
    const at = (offset: number): vscode.Position => document.positionAt(offset);
    if (first === undefined || last === undefined)
      edit.insert(document.uri, at(turn.heading.end), `\n\n${written}`);
    else edit.replace(document.uri, new vscode.Range(at(first.start), at(last.end)), written);
    await vscode.workspace.applyEdit(edit);
  }

  private async reject(target: unknown): Promise<void> {
    const found = this.answerOf(target);
    const origin = found?.comment.origin ?? undefined;
    if (found === undefined || origin === undefined) return;
    const { thread, comment, document } = found;
    const { source, preview } = this.options;
    const [
      { fillRejected, isPreference, preferenceLine, preferenceSource },
      { provenanceOf },
      { line, file },
    ] = await Promise.all([
      import('../../dataset/preferenceRecord'),
      import('../preview/answerAsSet'),
      source.read(document.uri),
    ]);
    const by = provenanceOf(origin, new Date());
    const answer = comment.text.trim();
    if (isPreference(line)) {
      if (document.isDirty) {
        throw new UserError('record/unsaved', t('Save the record first: its rejected answer is replaced.'));
      }
      await source.changeLine(
        document.uri,
        (now) => fillRejected(now, answer, by),
        t('Use as rejected answer'),
      );
      return;
    }
    const { turns } = await read(document);
    const messages = await this.messagesFor(document, thread.turn);
    const made = preferenceLine(
      {
        ...preferenceSource(line),
        prompt: { messages, reference: turns[thread.turn]?.content ?? null },
      },
      answer,
      by,
    );
    const { addPreference } = await import('../preview/addPreference');
    await addPreference({
      project: preview.projectOf(file),
      setups: preview.setups,
      file,
      line: made,
      beside: (below) => source.insertBelow(document.uri, below, t('Create preference record')),
    });
  }

  private async messagesFor(document: vscode.TextDocument, index: number): Promise<readonly Turn[]> {
    const { promptBefore } = await import('../../dataset/turnPrompt');
    const messages = promptBefore((await read(document)).turns, index);
    if (messages === undefined) throw noAnswer();
    return messages;
  }

  private threadAt(document: vscode.TextDocument, turn: number): AnswerThread {
    const key = document.uri.toString();
    const known = this.threads.get(key)?.find((each) => each.turn === turn);
    if (known !== undefined) return known;
    const project = this.options.preview.projectOf(recordAddress(document.uri)?.file ?? '');
    const thread = this.controller.createCommentThread(document.uri, new vscode.Range(0, 0, 0, 0), []);
    const { preview } = this.options;
    const made = new AnswerThread({ thread, turn, preview, project, changed: () => this.updateContext() });
    this.threads.set(key, [...(this.threads.get(key) ?? []), made]);
    void this.follow(document);
    return made;
  }

  /** The thread that a button is of; without one, that of the turn at the cursor, or the last of the text. */
  private of(target: unknown): AnswerThread | undefined {
    const all = [...this.threads.values()].flat();
    const named = all.find(
      (each) => each.thread === target || (target instanceof AnswerComment && each.has(target)),
    );
    if (named !== undefined) return named;
    const editor = vscode.window.activeTextEditor;
    const here = this.threads.get(editor?.document.uri.toString() ?? '') ?? [];
    const line = editor?.selection.active.line ?? 0;
    const running = here.find(({ isRunning }) => isRunning);
    const below = here
      .filter(({ thread }) => (thread.range?.end.line ?? 0) >= line)
      .sort((a, b) => (a.thread.range?.end.line ?? 0) - (b.thread.range?.end.line ?? 0));
    return running ?? below[0] ?? here.at(-1);
  }

  private answerOf(target: unknown):
    | {
        readonly thread: AnswerThread;
        readonly comment: AnswerComment;
        readonly document: vscode.TextDocument;
      }
    | undefined {
    const thread = this.of(target);
    const comment = target instanceof AnswerComment ? target : thread?.lastAnswer;
    const document = thread === undefined ? undefined : documentOf(thread.thread.uri);
    if (thread === undefined || comment === undefined || document === undefined) return undefined;
    return { thread, comment, document };
  }

  private followSoon(document: vscode.TextDocument): void {
    const key = document.uri.toString();
    if (!this.threads.has(key)) return;
    clearTimeout(this.timers.get(key));
    this.timers.set(
      key,
      setTimeout(() => void this.follow(document), PAUSE),
    );
  }

  /** Keeps threads below their turns; those whose turn is gone go, too. */
  private async follow(document: vscode.TextDocument): Promise<void> {
    const [{ turns }, { promptBefore }] = await Promise.all([
      read(document),
      import('../../dataset/turnPrompt'),
    ]);
    for (const each of this.threads.get(document.uri.toString()) ?? []) {
      const turn = turns[each.turn];
      if (turn?.role !== 'assistant') {
        this.dismiss(each);
        continue;
      }
      each.stopUnless(promptBefore(turns, each.turn));
      const { line } = document.positionAt(turn.lines.at(-1)?.end ?? turn.heading.end);
      if (each.thread.range?.end.line !== line) each.thread.range = new vscode.Range(line, 0, line, 0);
    }
  }

  private dismiss(thread: AnswerThread | undefined): void {
    if (thread === undefined) return;
    const key = thread.thread.uri.toString();
    const left = (this.threads.get(key) ?? []).filter((each) => each !== thread);
    if (left.length === 0) this.threads.delete(key);
    else this.threads.set(key, left);
    thread.dispose();
    this.updateContext();
  }

  private close(uri: vscode.Uri): void {
    for (const thread of this.threads.get(uri.toString()) ?? []) this.dismiss(thread);
  }

  private closeAll(): void {
    for (const timer of this.timers.values()) clearTimeout(timer);
    for (const thread of [...this.threads.values()].flat()) thread.dispose();
  }

  private updateContext(): void {
    const here = this.threads.get(vscode.window.activeTextEditor?.document.uri.toString() ?? '') ?? [];
    const set = (key: string, value: boolean): void =>
      void vscode.commands.executeCommand('setContext', `afina.turnAnswers.${key}`, value);
    set('shown', here.length > 0);
    set(
      'running',
      here.some(({ isRunning }) => isRunning),
    );
  }
}

async function read(document: vscode.TextDocument): Promise<RecordDocument> {
  const { readRecordDocument } = await import('../../dataset/recordDocument');
  return readRecordDocument(document.getText());
}

function documentOf(uri: vscode.Uri): vscode.TextDocument | undefined {
  return vscode.workspace.textDocuments.find((each) => each.uri.toString() === uri.toString());
}

function noAnswer(): UserError {
  return new UserError(
    'record/no-question',
    t('No turn of the assistant’s here answers a turn of the user’s.'),
  );
}
