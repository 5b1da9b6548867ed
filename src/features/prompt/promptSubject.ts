import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { t } from '@vscode/l10n';
import { trainableTurns } from '../../dataset/record';
import type { Turn } from '../../dataset/record';
import { exampleOf } from '../../evaluation/parity';
import { promptRows } from '../../evaluation/promptRows';
import { comparePrompts } from '../../jobs/promptParity';
import type { ParityReport } from '../../jobs/promptParity';
import { trainingBase } from '../../jobs/trainingBase';
import { SAMPLE_FILE, preparable, readSample } from '../../jobs/trainingPrompt';
import type { RunSample } from '../../jobs/trainingPrompt';
import type { Project } from '../../project/project';
import { UserError } from '../../protocol/errors';
import type { PromptState } from '../../protocol/promptView';
import type { PreviewService } from '../preview/previewService';
import type { PromptParity } from './promptParity';

/** The record whose prompt is shown. */
export interface PromptSubject {
  readonly project: Project;
  readonly id: string;
  readonly messages: readonly Turn[];
}

export interface PromptSources {
  readonly parity: PromptParity;
  readonly preview: PreviewService;
  /** Folder of a run on this machine. */
  readonly runFolder: (project: Project, run: string) => string;
}

export function emptyPrompt(record: string, phase: PromptState['phase'], error: string | null): PromptState {
  return {
    record,
    phase,
    model: '',
    training: { kind: 'expected', by: '', note: null, canPrepare: false },
    problems: [],
    answers: [],
    untrained: null,
    error,
  };
}

/** Everything that the page shows of a record's prompt. Throws UserError where nobody could be asked. */
export async function readPrompt(
  { project, id, messages }: PromptSubject,
  { parity, preview, runFolder }: PromptSources,
  signal: AbortSignal,
): Promise<PromptState> {
  const { base, tuned } = preview.inUse(project);
  const answerer = tuned ?? base;
  const config = answerer === undefined ? undefined : project.models[answerer.model];
  if (answerer === undefined || config === undefined) {
    throw new UserError(
      'model/unknown',
      t('The preview needs a project whose afina.yaml names a model under “models”.'),
    );
  }
  const { model } = await preview.resolve(project, { model: answerer.model, run: null });
  const talk = messages.at(-1)?.content.trim() === '' ? messages.slice(0, -1) : messages;
  if (talk.length === 0)
    throw new UserError('record/no-question', t('The record has no text yet that a model could be asked.'));
  const sample =
    answerer.run === null ? undefined : await sampleOf(runFolder(project, answerer.run), answerer.run);
  const measured = sampled(sample, talk);
  const report = await comparePrompts([{ id, messages: talk }], {
    ...parity.tools,
    project,
    gguf: model.gguf,
    base: trainingBase(config, model.gguf, 'local'),
    measured,
    signal,
  });
  return {
    ...emptyPrompt(id, 'ready', null),
    model: answerer.title,
    training: await trainingOf(report, measured !== undefined, project, parity.tools.payload),
    problems: report.records.flatMap(({ problems }) => problems.map(({ message }) => message)),
    answers: answersOf(report, talk),
    untrained:
      trainableTurns(talk) === undefined
        ? t('As it is, this record would not train: it needs a question and an answer in turn.')
        : null,
  };
}

/** What the run that trained the adapter in use wrote down of this very record. */
function sampled(sample: RunSample | undefined, messages: readonly Turn[]): RunSample | undefined {
  if (sample === undefined) return undefined;
  const wanted = JSON.stringify(messages.map(({ role, content }) => ({ role, content })));
  const at = sample.conversations.findIndex((each) => JSON.stringify(each.messages) === wanted);
  const conversation = sample.conversations[at];
  const prompt = sample.prompts[at];
  return conversation === undefined || prompt === undefined
    ? undefined
    : { ...sample, conversations: [conversation], prompts: [prompt] };
}

async function sampleOf(folder: string, run: string): Promise<RunSample | undefined> {
  const text = await readFile(path.join(folder, SAMPLE_FILE), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : readSample(text, run);
}

async function trainingOf(
  { training }: ParityReport,
  ofRun: boolean,
  project: Project,
  payload: string,
): Promise<PromptState['training']> {
  if ('prompts' in training)
    return { kind: ofRun ? 'run' : 'measured', by: training.by, note: null, canPrepare: false };
  const folder = training.reason === 'no-python' ? await preparable(project, payload) : undefined;
  return { kind: 'expected', by: '', note: training.message, canPrepare: folder !== undefined };
}

function answersOf({ records }: ParityReport, messages: readonly Turn[]): PromptState['answers'] {
  return records.flatMap(({ expected, measured }) => {
    const examples = measured === null || 'error' in measured ? expected.examples : measured.examples;
    const answered = expected.asked.filter(({ turn }) => turn < messages.length);
    return expected.asked.map(({ turn, tokens }, index) => {
      const example =
        turn < messages.length ? examples[exampleOf(index, answered.length, examples.length)] : undefined;
      const rows = promptRows(tokens, example);
      return {
        rows,
        sent: tokens.length,
        learnt: rows.filter(({ loss, preview }) => loss && preview === null).length,
      };
    });
  });
}
