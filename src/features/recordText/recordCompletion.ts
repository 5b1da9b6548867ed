import { stat } from 'node:fs/promises';
import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import { ROLES, STATUSES } from '../../dataset/record';
import type { Domain } from '../../project/domain';
import type { DatasetEditorProvider } from '../datasetEditor/datasetEditorProvider';
import { statusLabel } from '../statusLabel';
import { recordAddress } from './recordUri';

/** Letters of a term from which on it is offered: in prose, fewer would be in the way. */
const TERM_LETTERS = 3;

export interface CompletionOptions {
  readonly domainOf: (file: string) => Promise<Domain | undefined>;
  readonly editors: DatasetEditorProvider;
}

/** Offers what the domain and the other records know: topics, states, sources, terms of the glossary, roles. */
export class RecordCompletion implements vscode.CompletionItemProvider {
  private readonly sources = new Map<string, { readonly stamp: string; readonly found: readonly string[] }>();

  constructor(private readonly options: CompletionOptions) {}

  async provideCompletionItems(
    document: vscode.TextDocument,
    position: vscode.Position,
    token: vscode.CancellationToken,
    context: vscode.CompletionContext,
  ): Promise<vscode.CompletionList | undefined> {
    const address = recordAddress(document.uri);
    if (address === undefined) return undefined;
    const { readRecordDocument } = await import('../../dataset/recordDocument');
    const { frame } = readRecordDocument(document.getText());
    const line = document.lineAt(position).text;
    const before = line.slice(0, position.character);
    const inFront = frame !== undefined && document.offsetAt(position) < frame.end;
    const items = inFront
      ? await this.ofEntries(document, position, address.file, token)
      : this.ofRoles(before, position, line);
    if (items.length > 0 || inFront) return new vscode.CompletionList(items);
    const asked = context.triggerKind !== vscode.CompletionTriggerKind.TriggerCharacter;
    // Terms come while one types; which ones depends on every letter.
    return asked
      ? new vscode.CompletionList(await this.ofGlossary(before, position, address.file), true)
      : undefined;
  }

  private async ofEntries(
    document: vscode.TextDocument,
    position: vscode.Position,
    file: string,
    token: vscode.CancellationToken,
  ): Promise<vscode.CompletionItem[]> {
    const line = document.lineAt(position).text;
    const { yamlText } = await import('../../dataset/frontMatter');
    const at = (start: number): vscode.Range =>
      new vscode.Range(position.line, start, position.line, line.length);
    const [entry, key = '', gap = ''] = /^(topic|status):(\s*)/.exec(line) ?? [];
    const after = gap === '' ? ' ' : '';
    if (entry !== undefined && position.character >= entry.trimEnd().length) {
      const offered =
        key === 'status'
          ? STATUSES.map((status) => ({ value: status, detail: statusLabel(status) }))
          : ((await this.options.domainOf(file))?.topics ?? []).map(({ id, title }) => ({
              value: id,
              detail: title,
            }));
      const written = line.slice(entry.length).trim();
      // Behind a value that is complete one looks for the others.
      const complete = offered.some(({ value }) => value === written);
      return offered.map(({ value, detail }, order) =>
        item({ label: value, description: detail }, vscode.CompletionItemKind.EnumMember, at(entry.length), {
          insertText: after + yamlText(value),
          // A topic is looked for by its title, too.
          filterText: complete ? line.slice(entry.length) : `${after}${value} ${detail}`,
          preselect: value === written,
          sortText: String(order).padStart(4, '0'),
        }),
      );
    }
    const dash = /^\s*-(\s*)/.exec(line);
    if (dash !== null && position.character >= dash[0].trimEnd().length) {
      const space = dash[1] === '' ? ' ' : '';
      const used = await this.sourcesOf(file, token);
      return used.map((source, order) =>
        item(source, vscode.CompletionItemKind.Reference, at(dash[0].length), {
          insertText: space + yamlText(source),
          filterText: space + source,
          sortText: String(order).padStart(6, '0'),
        }),
      );
    }
    if (!/^[a-z]*$/.test(line.slice(0, position.character))) return [];
    const { FRONT_KEYS } = await import('../../dataset/frontMatter');
    const text = document.getText();
    return FRONT_KEYS.filter((each) => !new RegExp(`^${each}:`, 'm').test(text)).map((each) =>
      item(each, vscode.CompletionItemKind.Property, at(0), {
        insertText: each === 'sources' ? 'sources:\n  - ' : `${each}: `,
      }),
    );
  }

  private ofRoles(before: string, position: vscode.Position, line: string): vscode.CompletionItem[] {
    if (!/^#[ \t]*[a-z]*$/.test(before)) return [];
    return ROLES.map((role, order) =>
      item(
        `# ${role}`,
        vscode.CompletionItemKind.Keyword,
        new vscode.Range(position.line, 0, position.line, line.length),
        {
          insertText: `# ${role}\n\n`,
          detail: t('Begins a turn'),
          sortText: String(order),
        },
      ),
    );
  }

  private async ofGlossary(
    before: string,
    position: vscode.Position,
    file: string,
  ): Promise<vscode.CompletionItem[]> {
    const glossary = (await this.options.domainOf(file))?.glossary ?? [];
    const { fold } = await import('../../dataset/textPattern');
    const items: vscode.CompletionItem[] = [];
    for (const { term, definition } of glossary) {
      const typed = typedPartOf(before, term, fold);
      if (typed === undefined) continue;
      const range = new vscode.Range(position.translate(0, -typed.length), position);
      const capital = /^\p{Lu}/u.test(typed);
      items.push(
        item(term, vscode.CompletionItemKind.Text, range, {
          insertText: capital ? term.charAt(0).toLocaleUpperCase('pt') + term.slice(1) : term,
          // As it was typed, without its accents perhaps.
          filterText: typed,
          documentation: new vscode.MarkdownString().appendText(definition),
        }),
      );
    }
    return items;
  }

  private async sourcesOf(file: string, token: vscode.CancellationToken): Promise<readonly string[]> {
    const editor = this.options.editors.documentOf(file);
    const onDisk = await stat(file).catch(() => undefined);
    const stamp = `${onDisk?.mtimeMs ?? 0} ${onDisk?.size ?? 0} ${editor?.data.version ?? ''}`;
    const known = this.sources.get(file);
    if (known?.stamp === stamp) return known.found;
    const [{ usedSources }, { DatasetDocument }] = await Promise.all([
      import('../../dataset/usedSources'),
      import('../../dataset/document'),
    ]);
    const controller = new AbortController();
    const cancelling = token.onCancellationRequested(() => controller.abort());
    const data = editor?.data ?? (await DatasetDocument.open(file, { signal: controller.signal }));
    try {
      const found = await usedSources(data, controller.signal);
      this.sources.set(file, { stamp, found });
      return found;
    } catch (error) {
      if (controller.signal.aborted) return [];
      throw error;
    } finally {
      cancelling.dispose();
      if (editor === undefined) await data.dispose();
    }
  }
}

/** The end of the line that is the beginning of the term, from a word's start on; undefined when there is none. */
function typedPartOf(before: string, term: string, fold: (text: string) => string): string | undefined {
  for (let length = Math.min(term.length, before.length); length >= TERM_LETTERS; length--) {
    const typed = before.slice(-length);
    if (/[\p{L}\p{N}]$/u.test(before.slice(0, -length))) continue;
    if (fold(term.slice(0, length)) === fold(typed)) return typed;
  }
  return undefined;
}

function item(
  label: string | vscode.CompletionItemLabel,
  kind: vscode.CompletionItemKind,
  range: vscode.Range,
  more: Partial<vscode.CompletionItem>,
): vscode.CompletionItem {
  return Object.assign(new vscode.CompletionItem(label, kind), { range, ...more });
}
