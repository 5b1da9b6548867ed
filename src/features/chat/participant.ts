import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import type { Project } from '../../project/project';
import { UserError, isCancelled } from '../../protocol/errors';
import { signalOf } from '../cancellation';
import { projectInFront } from '../project/projectInFront';
import type { NamedAnswerer } from '../preview/previewService';
import { tunedToo } from '../preview/tunedToo';
import type { ChatOptions } from './chatFeature';
import { longestAnswer } from './chatSettings';
import { conversation } from './conversation';
import type { DraftRecords } from './draftRecords';
import { exchangesOf, talkOf } from './exchange';
import type { Exchange } from './exchange';
import type { LanguageModels } from './languageModels';
import { withReferences } from './references';

type Answer = Exchange['answers'][number];

/** @afina in VS Code's chat: the tuned model in use answers, or its base; a conversation can become a record. */
export class Participant {
  constructor(
    private readonly options: ChatOptions,
    private readonly models: LanguageModels,
    private readonly drafts: DraftRecords,
  ) {}

  async answer(
    request: vscode.ChatRequest,
    context: vscode.ChatContext,
    stream: vscode.ChatResponseStream,
    token: vscode.CancellationToken,
  ): Promise<vscode.ChatResult> {
    const { signal, dispose } = signalOf(token);
    try {
      const said = exchangesOf(
        context.history.map((turn) =>
          turn instanceof vscode.ChatResponseTurn ? turn.result.metadata : undefined,
        ),
      );
      if (request.command === 'registo') return await this.save(said, stream);
      return await this.ask(request, said, stream, signal);
    } catch (error) {
      if (isCancelled(error)) return {};
      if (!(error instanceof UserError)) throw error;
      offerRemedies(error, stream);
      return { errorDetails: { message: error.message } };
    } finally {
      dispose();
    }
  }

  followups(result: vscode.ChatResult): vscode.ChatFollowup[] {
    const [exchange] = exchangesOf([result.metadata]);
    if (exchange === undefined) return [];
    const save = { prompt: '', label: t('Save as record'), command: 'registo' };
    if (exchange.answers.length > 1) return [save];
    return [{ prompt: exchange.question, label: t('Compare base and tuned'), command: 'comparar' }, save];
  }

  private async ask(
    request: vscode.ChatRequest,
    said: readonly Exchange[],
    stream: vscode.ChatResponseStream,
    signal: AbortSignal,
  ): Promise<vscode.ChatResult> {
    const { project, answerers } = this.whoAnswers(request);
    const question = await withReferences(request.prompt, request.references);
    const system = await this.options.systemPromptOf(project);
    const answers: Answer[] = [];
    // Told once: VS Code folds away what was written before a progress that comes later.
    stream.progress(t('{0} is answering…', answerers.map(({ title }) => title).join(', ')));
    for (const answerer of answerers) {
      if (answerers.length > 1)
        stream.markdown(`${answers.length > 0 ? '\n\n' : ''}**${titleOf(answerer)}**\n\n`);
      const talk = talkOf(
        said.filter(({ root }) => root === project.root),
        answerer,
      );
      const messages = conversation(system, [...talk, { role: 'user', content: question }]);
      const { text, stop } = await this.options.preview.ask(project, answerer, messages, {
        signal,
        sampling: { maxTokens: longestAnswer() },
        progress: (news) => {
          if (news.phase === 'text') stream.markdown(news.text);
        },
      });
      if (text.trim() === '') stream.markdown(`*${t('The model answered nothing.')}*`);
      if (stop !== 'end') stream.markdown(`\n\n*${cutOff(stop)}*`);
      answers.push({ model: answerer.model, run: answerer.run, text });
    }
    const metadata: Exchange = { root: project.root, question, answers };
    return { metadata };
  }

  /** The model that is chosen in the chat where it is one of ours; else who answers beside the text. */
  private whoAnswers(request: vscode.ChatRequest): { project: Project; answerers: NamedAnswerer[] } {
    const { projects, preview } = this.options;
    const chosen = request.model.vendor === 'afina' ? this.models.find(request.model.id) : undefined;
    const { front, first } = projectInFront(projects);
    const project = projects.projects.find(({ root }) => root === chosen?.root) ?? front ?? first;
    if (project === undefined) {
      throw new UserError(
        'project/missing',
        t('Open a folder with an afina.yaml first: its models answer here.'),
      );
    }
    const picked = preview
      .answerers(project)
      .find(({ model, run }) => model === chosen?.answerer.model && run === chosen.answerer.run);
    const { base, tuned } = tunedToo(preview, project, picked);
    const wanted = {
      base: [base],
      afinado: [tuned],
      comparar: [base, tuned],
    }[request.command ?? ''] ?? [picked ?? preview.inUse(project).tuned ?? base];
    if (base === undefined) {
      throw new UserError('model/unknown', t('afina.yaml names no model: add one under “models”.'), {
        remedies: ['chooseModel'],
      });
    }
    const answerers = wanted.filter((each) => each !== undefined);
    if (answerers.length === wanted.length) return { project, answerers };
    throw new UserError(
      'adapter/missing',
      t('There is no tuned model of {0} yet: fetch the adapter of a run first.', base.title),
      { remedies: ['showRuns'] },
    );
  }

  private async save(
    said: readonly Exchange[],
    stream: vscode.ChatResponseStream,
  ): Promise<vscode.ChatResult> {
    const last = said.at(-1);
    const answer = last?.answers.at(-1);
    const project = this.options.projects.projects.find(({ root }) => root === last?.root);
    if (last === undefined || answer === undefined || project === undefined) {
      throw new UserError('chat/nothing-to-save', t('There is no answer to save yet: ask something first.'));
    }
    const talk = talkOf(
      said.filter(({ root }) => root === last.root),
      answer,
    );
    const system = await this.options.systemPromptOf(project);
    const question = conversation(system, talk.slice(0, -1));
    const saved = await this.drafts.save(project, {
      messages: [...question, { role: 'assistant', content: answer.text.trim() }],
      answeredBy: { model: answer.model, run: answer.run },
    });
    if (saved === undefined) {
      stream.markdown(t('Nothing was saved.'));
      return {};
    }
    stream.markdown(this.drafts.describe(saved));
    stream.button({ command: 'afina.showDraft', title: t('Show Record'), arguments: [saved.place] });
    return {};
  }
}

function titleOf({ run, title }: NamedAnswerer): string {
  return run === null ? t('Base: {0}', title) : t('Tuned: {0}', title);
}

function cutOff(stop: 'maxTokens' | 'context'): string {
  return stop === 'maxTokens'
    ? t('Cut off at the longest answer that the settings allow.')
    : t('Cut off: the model’s context is full.');
}

function offerRemedies(error: UserError, stream: vscode.ChatResponseStream): void {
  const { remedies = [] } = error.details;
  if (error.code === 'project/missing')
    stream.button({ command: 'afina.createSample', title: t('Create Sample Project') });
  if (remedies.includes('showRuns') || error.code === 'run/not-fetched')
    stream.button({ command: 'afina.runs.focus', title: t('Show Runs') });
  if (remedies.includes('chooseModel') || error.code === 'model/not-here')
    stream.button({ command: 'afina.models.focus', title: t('Show Models') });
}
