import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import type { AnswerOrigin, PreviewAnswer } from '../../protocol/preview';
import { UserError, messageOf } from '../../protocol/errors';
import type { Remedy } from '../../protocol/errors';
import type { PreviewProgress } from '../../runtime/protocol';
import { interfaceLanguage } from '../l10n';
import type { NamedAnswerer } from '../preview/previewService';

const COMMANDS: Partial<Record<Remedy, { readonly title: () => string; readonly command: string }>> = {
  chooseModel: { title: () => t('Show Models'), command: 'afina.models.focus' },
  openFile: { title: () => t('Open afina.yaml'), command: 'afina.openProjectFile' },
};

/** What one model answers, as a comment below the turn. */
export class AnswerComment implements vscode.Comment {
  readonly mode = vscode.CommentMode.Preview;
  readonly author: vscode.CommentAuthorInformation;
  body: vscode.MarkdownString = new vscode.MarkdownString();
  label = t('waiting');
  /** What the manifest's menus ask for: `answer` has buttons, the others have none. */
  contextValue: 'answer' | 'pending' = 'pending';
  text = '';
  origin: AnswerOrigin | null = null;

  constructor(readonly answerer: NamedAnswerer) {
    this.author = {
      name: `${answerer.run === null ? t('Base') : t('Tuned')} · ${answerer.title}`,
    };
  }

  follow(news: PreviewProgress): void {
    if (news.phase === 'text') {
      this.text += news.text;
      this.body = shown(this.text);
      this.label = t('{0} tokens', news.tokens);
    } else if (news.phase === 'loading') {
      this.label =
        news.fraction > 0 && news.fraction < 1
          ? t('loading the model, {0} %', Math.round(news.fraction * 100))
          : t('loading the model');
    } else {
      this.label = t('reading the question');
    }
  }

  finish({ text, tokens, tokensPerSecond, stop, origin }: PreviewAnswer): void {
    this.text = text;
    this.origin = origin;
    const speed = new Intl.NumberFormat(interfaceLanguage(), { maximumFractionDigits: 1 });
    this.label = t('{0} tokens · {1} tokens/s', tokens, speed.format(tokensPerSecond));
    if (stop !== 'end') this.label += ` · ${t('cut off')}`;
    if (text.trim() === '') {
      this.body = new vscode.MarkdownString().appendText(t('The model answered nothing.'));
      return;
    }
    this.body = shown(text);
    this.contextValue = 'answer';
  }

  stopped(): void {
    this.label = t('stopped');
  }

  fail(error: unknown): void {
    this.label = t('failed');
    const body = new vscode.MarkdownString().appendText(messageOf(error));
    const remedies = error instanceof UserError ? (error.details.remedies ?? []) : [];
    const links = remedies.flatMap((each) => COMMANDS[each] ?? []);
    body.isTrusted = { enabledCommands: links.map(({ command }) => command) };
    for (const { title, command } of links) body.appendMarkdown(`\n\n[${title()}](command:${command})`);
    this.body = body;
  }
}

/** The answer's Markdown. An image would be fetched from wherever the model says: its name is shown instead. */
function shown(text: string): vscode.MarkdownString {
  return new vscode.MarkdownString(text.replace(/!(?=\[)/g, '&#33;'));
}
