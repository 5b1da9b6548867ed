import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import type { Turn } from '../../dataset/record';
import type { Project } from '../../project/project';
import { isCancelled } from '../../protocol/errors';
import { answerAsSet, shownAnswerers } from '../preview/answerAsSet';
import type { PreviewService } from '../preview/previewService';
import { AnswerComment } from './answerComment';

/** Milliseconds between two looks of an answer that is being written: each renders its Markdown anew. */
const LOOK_MS = 120;

export interface AnswerThreadOptions {
  readonly thread: vscode.CommentThread;
  readonly turn: number;
  readonly preview: PreviewService;
  readonly project: Project;
  readonly changed: () => void;
}

export interface TurnAnswer {
  readonly by: string;
  readonly text: string;
}

/** The models' answers to what one turn answers, below that turn. */
export class AnswerThread {
  turn: number;
  private comments: AnswerComment[] = [];
  private running: AbortController | undefined;
  private asked = '';
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: AnswerThreadOptions) {
    this.turn = options.turn;
    const { thread } = options;
    thread.canReply = false;
    thread.label = t('Answers of the models');
    thread.collapsibleState = vscode.CommentThreadCollapsibleState.Expanded;
  }

  get thread(): vscode.CommentThread {
    return this.options.thread;
  }

  get isRunning(): boolean {
    return this.running !== undefined;
  }

  /** The answer to be used when none is named: the last one that is complete. */
  get lastAnswer(): AnswerComment | undefined {
    return this.comments.findLast(({ contextValue }) => contextValue === 'answer');
  }

  get answers(): readonly TurnAnswer[] {
    return this.comments.map(({ author, text }) => ({ by: author.name, text }));
  }

  has(comment: AnswerComment): boolean {
    return this.comments.includes(comment);
  }

  /** Asks all who are to answer; with `again`, each with the seed behind the one it had. */
  async ask(messages: readonly Turn[], again = false): Promise<void> {
    const { preview, project } = this.options;
    this.stop();
    const running = new AbortController();
    this.running = running;
    this.asked = JSON.stringify(messages);
    const seeds = again ? this.comments.map(({ answerer, origin }) => ({ answerer, origin })) : [];
    this.comments = shownAnswerers(preview, project).map((answerer) => new AnswerComment(answerer));
    this.show();
    for (const comment of this.comments) {
      const { answerer } = comment;
      const before = seeds.find((each) => each.answerer.run === answerer.run)?.origin?.seed;
      try {
        const answer = await answerAsSet(preview, project, answerer, messages, {
          signal: running.signal,
          seed: before === undefined ? undefined : (before + 1) % 2 ** 32,
          progress: (news) => {
            comment.follow(news);
            this.showSoon();
          },
        });
        comment.finish(answer);
      } catch (error) {
        if (isCancelled(error)) comment.stopped();
        else comment.fail(error);
        // What fails for the base fails for all: they have it in common.
        if (!isCancelled(error) && answerer.run === null) {
          this.comments = this.comments.slice(0, this.comments.indexOf(comment) + 1);
          break;
        }
      }
      this.show();
    }
    if (this.running === running) this.running = undefined;
    this.show();
  }

  stop(): void {
    this.running?.abort();
    this.running = undefined;
  }

  /** An answer to a question that is another one now is of no use. */
  stopUnless(messages: readonly Turn[] | undefined): void {
    if (this.isRunning && JSON.stringify(messages) !== this.asked) {
      this.stop();
      this.show();
    }
  }

  dispose(): void {
    this.stop();
    clearTimeout(this.timer);
    this.thread.dispose();
  }

  private showSoon(): void {
    this.timer ??= setTimeout(() => this.show(), LOOK_MS);
  }

  private show(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const { thread } = this;
    thread.contextValue = this.isRunning ? 'running' : 'done';
    thread.comments = [...this.comments];
    this.options.changed();
  }
}
