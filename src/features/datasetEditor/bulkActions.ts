import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import { allKeys, changesOf, rowsOf } from '../../dataset/bulk';
import type { RowKey } from '../../dataset/document';
import { parseRecordText } from '../../dataset/recordText';
import { afterEdit } from '../../dataset/reviewText';
import { TextReplacer, hitsInRecord } from '../../dataset/textReplacer';
import type {
  BulkAction,
  BulkResult,
  RecordTarget,
  TextHit,
  TextHits,
  bulkMethods,
} from '../../protocol/bulk';
import type { HandlerContext, Handlers } from '../../protocol/channel';
import type { RecordChange } from '../../protocol/datasetEditor';
import type { FindingsService } from '../findings/findingsService';
import { askForSources, askForTopic } from './bulkQuestions';
import type { EditorDocument } from './editorDocument';
import { moveRecords } from './moveRecords';
import { changeRecord } from './recordChanges';
import { pickStatus } from './statusPick';

export interface BulkActionsOptions {
  readonly document: EditorDocument;
  readonly findings: FindingsService;
  /** What the page's list shows; undefined: the whole dataset. */
  readonly found: () => readonly RowKey[] | undefined;
  /** Who edits: an edit of an approved record says so in its reviews. Empty when nobody is known. */
  readonly by: () => Promise<string>;
  readonly topicsOf: (file: string) => Promise<readonly { readonly id: string; readonly title: string }[]>;
}

interface BulkApi {
  readonly methods: typeof bulkMethods;
  readonly events: Readonly<Record<string, never>>;
}
type Context = HandlerContext<{ readonly done: number; readonly total: number }>;
type ChangingAction = Exclude<BulkAction, { kind: 'delete' | 'move' }>;

/** Places shown of a search for text; the others are counted. */
const MOST_HITS = 200;
/** UTF-16 units of the sentence around a place. */
const AROUND = 60;
const TELL_MS = 100;
const NOTHING: BulkResult = { changed: null, skipped: 0 };

/** What the page asks of many records at once, each action one step of undo. */
export class BulkActions {
  constructor(private readonly options: BulkActionsOptions) {}

  handlers(): Handlers<BulkApi> {
    const { document, findings, found } = this.options;
    return {
      'editor/keys': ({ from, to, found: inFound }) => {
        const shown = inFound ? found() : undefined;
        const [first, last] = [Math.min(from, to), Math.max(from, to) + 1];
        if (shown !== undefined) return shown.slice(first, last);
        const keys: RowKey[] = [];
        for (let at = first; at < Math.min(last, document.data.count); at++) keys.push(document.data.row(at));
        return keys;
      },
      'editor/bulk': ({ target, action }, context) => this.run(this.keysOf(target), action, context),
      'editor/hits': ({ target, find, replacement, turn }, context) =>
        this.hits(this.keysOf(target), new TextReplacer(find, replacement), turn, context),
      'editor/findingRules': () => {
        const counts = new Map<string, number>();
        for (const { rule } of findings.of(document.uri.fsPath))
          counts.set(rule, (counts.get(rule) ?? 0) + 1);
        return [...counts].map(([rule, count]) => ({ rule, count })).sort((a, b) => b.count - a.count);
      },
      'editor/saved': async ({ key }) => {
        const text = await document.data.savedText(key);
        const record = text === undefined ? undefined : parseRecordText(text).record;
        return record?.messages.map(({ content }) => content) ?? null;
      },
    };
  }

  private keysOf(target: RecordTarget): RowKey[] {
    const { document, found } = this.options;
    if (target.kind === 'keys') return target.keys.filter((key) => document.data.indexOf(key) >= 0);
    const except = new Set(target.except);
    const shown = found() ?? allKeys(document.data);
    return shown.filter((key) => !except.has(key));
  }

  private async run(keys: readonly RowKey[], action: BulkAction, context: Context): Promise<BulkResult> {
    if (keys.length === 0) return { changed: 0, skipped: 0 };
    switch (action.kind) {
      case 'status': {
        const status = action.status ?? (await pickStatus());
        if (status === undefined) return NOTHING;
        return this.change(keys, action, { kind: 'status', status }, context);
      }
      case 'topic': {
        const topic = await askForTopic(await this.options.topicsOf(this.options.document.uri.fsPath));
        if (topic === undefined) return NOTHING;
        return this.change(keys, action, { kind: 'topic', topic }, context);
      }
      case 'sources': {
        const sources = await askForSources(keys.length);
        if (sources === undefined) return NOTHING;
        return this.change(keys, action, { kind: 'sources', sources }, context);
      }
      case 'replace':
        return this.replace(keys, action, context);
      case 'delete':
        return this.delete(keys);
      case 'move':
        return moveRecords({ document: this.options.document, keys, confirm, ...context });
    }
  }

  private async change(
    keys: readonly RowKey[],
    action: ChangingAction,
    change: RecordChange,
    context: Context,
  ): Promise<BulkResult> {
    const count = keys.length;
    const question = {
      status: count === 1 ? t('Set the status of 1 record?') : t('Set the status of {0} records?', count),
      topic: count === 1 ? t('Set the topic of 1 record?') : t('Set the topic of {0} records?', count),
      sources: count === 1 ? t('Set the sources of 1 record?') : t('Set the sources of {0} records?', count),
      replace: '',
    }[action.kind];
    if (count > 1 && !(await confirm(question, t('Set')))) return NOTHING;
    return this.apply(keys, (text) => changeRecord(text, change).text, changeLabel(change), context);
  }

  private async replace(
    keys: readonly RowKey[],
    { find, replacement, turn }: Extract<BulkAction, { kind: 'replace' }>,
    context: Context,
  ): Promise<BulkResult> {
    const replacer = new TextReplacer(find, replacement);
    const { count, records } = await this.hits(keys, replacer, turn, context);
    if (count === 0) return { changed: 0, skipped: 0 };
    if (records > 1) {
      const question = t('Replace {0} places in {1} records?', count, records);
      if (!(await confirm(question, t('Replace')))) return NOTHING;
    }
    const replaceIn = (text: string): string => {
      let result = text;
      for (const { index, content } of hitsInRecord(text, replacer, turn).turns) {
        result = changeRecord(result, {
          kind: 'content',
          turn: index,
          text: replacer.replace(content),
        }).text;
      }
      return result;
    };
    return this.apply(keys, replaceIn, t('Replace text'), context);
  }

  private async delete(keys: readonly RowKey[]): Promise<BulkResult> {
    const count = keys.length;
    if (count > 1 && !(await confirm(t('Delete {0} records?', count), t('Delete')))) return NOTHING;
    return this.options.document.exclusive((apply) => {
      const { data } = this.options.document;
      const present = keys.filter((key) => data.indexOf(key) >= 0);
      if (present.length > 0)
        apply({ label: t('Delete records'), changes: [{ kind: 'delete', keys: present }] });
      return { changed: present.length, skipped: 0 };
    });
  }

  private async apply(
    keys: readonly RowKey[],
    change: (text: string) => string,
    label: string,
    { signal, progress }: Context,
  ): Promise<BulkResult> {
    const { document } = this.options;
    const by = await this.options.by();
    const at = new Date().toISOString();
    return document.exclusive(async (apply) => {
      const onProgress = teller(keys.length, progress);
      const { changes, skipped } = await changesOf(
        document.data,
        keys,
        (text) => afterEdit(text, change(text), by, at),
        { signal, onProgress },
      );
      if (changes.length > 0) apply({ label, changes });
      return { changed: changes.length, skipped };
    });
  }

  private async hits(
    keys: readonly RowKey[],
    replacer: TextReplacer,
    turn: number | null,
    { signal, progress }: Context,
  ): Promise<TextHits> {
    const hits: TextHit[] = [];
    let count = 0;
    let records = 0;
    const onProgress = teller(keys.length, progress);
    for await (const rows of rowsOf(this.options.document.data, keys, { signal, onProgress })) {
      for (const { key, index, text } of rows) {
        if (text === null) continue;
        const { id, turns } = hitsInRecord(text, replacer, turn);
        if (turns.length > 0) records++;
        for (const each of turns) {
          count += each.hits.length;
          for (const { start, end, replaced } of each.hits.slice(0, MOST_HITS - hits.length)) {
            hits.push({
              key,
              id: id === '' ? String(index + 1) : id,
              turn: each.index,
              start,
              end,
              left: each.content.slice(Math.max(0, start - AROUND), start),
              found: each.content.slice(start, Math.min(end, start + 500)),
              replaced: replaced.slice(0, 500),
              right: each.content.slice(end, end + AROUND),
            });
          }
        }
      }
    }
    return { hits, count, records };
  }
}

function changeLabel(change: RecordChange): string {
  if (change.kind === 'status') return t('Set status');
  return change.kind === 'topic' ? t('Edit topic') : t('Edit sources');
}

function teller(total: number, progress: Context['progress']): (done: number) => void {
  let told = Date.now();
  return (done) => {
    if (Date.now() - told < TELL_MS) return;
    told = Date.now();
    progress({ done, total });
  };
}

async function confirm(question: string, yes: string): Promise<boolean> {
  const detail = t('It can be undone in one step.');
  return (await vscode.window.showWarningMessage(question, { modal: true, detail }, yes)) === yes;
}
