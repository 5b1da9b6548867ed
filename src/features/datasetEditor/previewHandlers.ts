import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import type { RowKey } from '../../dataset/document';
import {
  fillRejected,
  isPreference,
  noQuestion,
  preferenceLine,
  preferenceSource,
} from '../../dataset/preferenceRecord';
import { promptOf } from '../../dataset/prompt';
import { parseRecordText } from '../../dataset/recordText';
import type { Handlers } from '../../protocol/channel';
import type { datasetEditorHostApi } from '../../protocol/datasetEditor';
import type { AnswerOrigin } from '../../protocol/preview';
import { addPreference } from '../preview/addPreference';
import { answerAsSet, provenanceOf } from '../preview/answerAsSet';
import type { PreviewService } from '../preview/previewService';
import type { EditorDocument } from './editorDocument';

export interface PreviewHandlersOptions {
  readonly document: EditorDocument;
  readonly preview: PreviewService;
  readonly output: vscode.LogOutputChannel;
}

type PreviewMethod = Extract<keyof (typeof datasetEditorHostApi)['methods'], `preview/${string}`>;

/** What an editor's page asks of the model, and what becomes of the answers. */
export function previewHandlers({
  document,
  preview,
  output,
}: PreviewHandlersOptions): Pick<Handlers<typeof datasetEditorHostApi>, PreviewMethod> {
  const file = document.uri.fsPath;
  const textOf = async (key: RowKey): Promise<string> => {
    const text = (await document.row(key))?.text;
    if (text === undefined || text === null) throw noQuestion();
    return text;
  };
  return {
    'preview/choices': () => preview.choices(file),
    'preview/choose': ({ model, adapter }) => preview.choose(file, model, adapter),
    'preview/download': ({ model }) => preview.download(file, model),
    'preview/setup': () => ({
      setup: preview.setups.of(preview.projectOf(file)),
      defaults: preview.sampling(),
    }),
    'preview/setUp': async ({ setup }) => {
      await preview.setups.change(preview.projectOf(file), setup);
      return null;
    },
    'preview/answer': async ({ key, run, seed }, { signal, progress }) => {
      const project = preview.projectOf(file);
      const { record } = parseRecordText(await textOf(key));
      const prompt = record === undefined ? undefined : promptOf(record);
      if (prompt === undefined) throw noQuestion();
      const { model } = preview.inUse(project).base ?? { model: '' };
      return answerAsSet(preview, project, { model, run }, prompt.messages, {
        signal,
        seed,
        progress: (news) => progress(news.phase === 'reading' ? { phase: 'reading' } : news),
      });
    },
    'preview/reject': async ({ key, text, origin }) => {
      if (isPreference(await textOf(key))) {
        await document.replace(key, (line) => ({
          text: fillRejected(line, text, provenance(origin)),
          label: t('Use as rejected answer'),
        }));
        return { done: 'filled', key };
      }
      const project = preview.projectOf(file);
      const line = preferenceLine(preferenceSource(await textOf(key)), text, provenance(origin));
      let made: RowKey | null = null;
      const added = await addPreference({
        project,
        setups: preview.setups,
        file,
        line,
        beside: async (record) => {
          const at = document.data.indexOf(key) + 1;
          [made = null] = await document.apply({
            label: t('Create preference record'),
            changes: [{ kind: 'insert', at, texts: [record] }],
          });
        },
      });
      return { done: added ? 'added' : null, key: made };
    },
    'preview/remedy': async ({ remedy }) => {
      if (remedy === 'openLog') output.show();
      else if (remedy === 'openProject') await vscode.commands.executeCommand('afina.openProjectFile');
      else await vscode.commands.executeCommand('afina.models.focus');
      return null;
    },
  };
}

function provenance(origin: AnswerOrigin): Record<string, unknown> {
  return provenanceOf(origin, new Date());
}
