import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import type { Turn } from '../../dataset/record';
import { fillRejected, isPreference, preferenceLine, preferenceSource } from '../../dataset/preferenceRecord';
import { readRecordDocument } from '../../dataset/recordDocument';
import type { RecordDocument } from '../../dataset/recordDocument';
import { promptBefore } from '../../dataset/turnPrompt';
import { writeContent } from '../../dataset/turnText';
import { UserError } from '../../protocol/errors';
import { addPreference } from '../preview/addPreference';
import { provenanceOf } from '../preview/answerAsSet';
import type { PreviewService } from '../preview/previewService';
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

  private readonly following: vscode.Disposable;

  constructor(private readonly options: AnswerThreadsOptions) {
    this.following = vscode.Disposable.from(
      vscode.workspace.onDidChangeTextDocument(({ document }) => this.followSoon(document)),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => this.left(uri)),
      vscode.window.onDidChangeActiveTextEditor(() => this.updateContext()),
    );
  }

  dispose(): void {
    this.following.dispose();
    for (const timer of this.timers.values()) clearTimeout(timer);
    for (const thread of [...this.threads.values()].flat()) thread.dispose();
    this.controller.dispose();
  }

  /** Ends with what was answered, for whoever has called the command. */
  async preview(target: unknown, wanted: unknown): Promise<readonly TurnAnswer[] | undefined> {
    const editor = vscode.window.activeTextEditor;
    const uri = asUri(target) ?? editor?.document.uri;
    const address = uri?.scheme === RECORD_SCHEME ? recordAddress(uri) : undefined;
    if (uri === undefined || address === undefined) return undefined;
    const document = await vscode.workspace.openTextDocument(uri);
    const { turns } = read(document);
    const here = editor?.document === document ? document.offsetAt(editor.selection.active) : Infinity;
    const turn =
      typeof wanted === 'number' ? wanted : turns.findLastIndex(({ heading }) => heading.start <= here);
    // Asked in the question, its answer is meant.
    const answers = [turn, turn + 1, turns.findLastIndex(({ role }) => role === 'assistant')];
    const index = answers.find((each) => turns[each]?.role === 'assistant');
    if (index === undefined) throw noAnswer();
    const thread = this.threadAt(document, index);
    await thread.ask(this.messagesFor(document, index));
    return thread.answers;
  }

  stop(target: unknown): void {
    this.of(target)?.stop();
  }

  /** Takes a turn's answers away. */
  close(target: unknown): void {
    this.dismiss(this.of(target));
  }

  async regenerate(target: unknown): Promise<void> {
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
    await thread.ask(this.messagesFor(document, thread.turn), true);
  }

  /** The answer becomes the turn's text: one step of undo in the editor. */
  async use(target: unknown): Promise<void> {
    const found = this.answerOf(target);
    if (found === undefined) return;
    const { thread, comment, document } = found;
    const { turns } = read(document);
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

  async reject(target: unknown): Promise<void> {
    const found = this.answerOf(target);
    const origin = found?.comment.origin ?? undefined;
    if (found === undefined || origin === undefined) return;
    const { thread, comment, document } = found;
    const { source, preview } = this.options;
    const { line, file } = await source.read(document.uri);
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
    const { turns } = read(document);
    const messages = this.messagesFor(document, thread.turn);
    const made = preferenceLine(
      {
        ...preferenceSource(line),
        prompt: { messages, reference: turns[thread.turn]?.content ?? null },
      },
      answer,
      by,
    );
    await addPreference({
      project: preview.projectOf(file),
      setups: preview.setups,
      file,
      line: made,
      beside: (below) => source.insertBelow(document.uri, below, t('Create preference record')),
    });
  }

  private messagesFor(document: vscode.TextDocument, index: number): readonly Turn[] {
    const messages = promptBefore(read(document).turns, index);
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
    this.follow(document);
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
      setTimeout(() => this.follow(document), PAUSE),
    );
  }

  /** Keeps threads below their turns; those whose turn is gone go, too. */
  private follow(document: vscode.TextDocument): void {
    const { turns } = read(document);
    for (const each of this.threads.get(document.uri.toString()) ?? []) {
      const turn = turns[each.turn];
      if (turn?.role !== 'assistant') {
        this.dismiss(each);
        continue;
      }
      each.stopUnless(promptBefore(turns, each.turn));
      // At the end of the line: a long one is shown in several, and the thread would part them.
      const { line } = document.positionAt(turn.lines.at(-1)?.end ?? turn.heading.end);
      const { end } = document.lineAt(line).range;
      if (each.thread.range?.end.isEqual(end) !== true) each.thread.range = new vscode.Range(end, end);
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

  private left(uri: vscode.Uri): void {
    for (const thread of this.threads.get(uri.toString()) ?? []) this.dismiss(thread);
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

function read(document: vscode.TextDocument): RecordDocument {
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
