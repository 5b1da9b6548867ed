import { createHash } from 'node:crypto';
import path from 'node:path';
import { t } from '@vscode/l10n';
import { fixLine } from './applyFix';
import type { Finding, Severity } from './finding';
import { ruleHelp } from './ruleHelp';

export interface SarifOptions {
  readonly version: string;
  /** BCP 47 tag of the messages. */
  readonly language: string;
  /** Folder that the files' addresses are given from. */
  readonly folder: string;
  /** The line that a finding is of, for those that have a fix. */
  readonly lineOf: (finding: Finding) => string | undefined;
}

const LEVELS: Readonly<Record<Severity, string>> = { error: 'error', warning: 'warning', info: 'note' };
const SCHEMA = 'https://json.schemastore.org/sarif-2.1.0.json';

/** The findings as SARIF 2.1.0, which code hosts and CI services show beside the lines. */
export function sarifOf(findings: readonly Finding[], options: SarifOptions): object {
  const rules = [...new Set(findings.map(({ rule }) => rule))].sort();
  const index = new Map(rules.map((rule, at) => [rule, at]));
  const seen = new Map<string, number>();
  return {
    $schema: SCHEMA,
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'Afina',
            version: options.version,
            semanticVersion: options.version,
            language: options.language,
            rules: rules.map((rule) => descriptorOf(rule, findings)),
          },
        },
        columnKind: 'utf16CodeUnits',
        originalUriBaseIds: {
          '%SRCROOT%': { description: { text: t('The folder that the check was started in.') } },
        },
        results: findings.map((finding) => resultOf(finding, index, seen, options)),
      },
    ],
  };
}

function descriptorOf(rule: string, findings: readonly Finding[]): object {
  const { title, help } = ruleHelp(rule);
  const severity = findings.find((each) => each.rule === rule)?.severity ?? 'warning';
  return {
    id: rule,
    shortDescription: { text: title },
    help: { text: help },
    defaultConfiguration: { level: LEVELS[severity] },
  };
}

function resultOf(
  finding: Finding,
  index: ReadonlyMap<string, number>,
  seen: Map<string, number>,
  options: SarifOptions,
): object {
  const { rule, severity, message, file, field, line, start, end, id } = finding;
  const artifactLocation = { uri: uriOf(file, options.folder), uriBaseId: '%SRCROOT%' };
  const region = regionOf(line, start, end);
  const fixes = fixesOf(finding, artifactLocation, options);
  return {
    ruleId: rule,
    ruleIndex: index.get(rule),
    level: LEVELS[severity],
    message: { text: message },
    locations: [
      {
        physicalLocation: { artifactLocation, region },
        ...(field === null && id === null
          ? {}
          : {
              logicalLocations: [
                { fullyQualifiedName: [id, field].filter((part) => part !== null).join('/') },
              ],
            }),
      },
    ],
    partialFingerprints: { 'afinaFinding/v1': fingerprint(finding, artifactLocation.uri, seen) },
    ...(fixes.length === 0 ? {} : { fixes }),
  };
}

/** Columns count from 1 in UTF-16 units; the end is exclusive. */
function regionOf(line: number, start: number, end: number): object {
  return { startLine: line, startColumn: start + 1, endLine: line, endColumn: end + 1 };
}

function fixesOf(finding: Finding, artifactLocation: object, { lineOf }: SarifOptions): readonly object[] {
  const text = finding.fix === undefined ? undefined : lineOf(finding);
  const edits = text === undefined ? [] : fixLine(text, [finding]).edits;
  if (finding.fix === undefined || edits.length === 0) return [];
  const replacements = edits.map(({ start, end, text: put }) => ({
    deletedRegion: regionOf(finding.line, start, end),
    insertedContent: { text: put },
  }));
  return [
    { description: { text: finding.fix.title }, artifactChanges: [{ artifactLocation, replacements }] },
  ];
}

/** The same for the same finding after lines were added above it; a second one like it has another. */
function fingerprint(
  { rule, id, line, field, message }: Finding,
  uri: string,
  seen: Map<string, number>,
): string {
  const what = JSON.stringify([rule, uri, id ?? line, field, message]);
  const count = (seen.get(what) ?? 0) + 1;
  seen.set(what, count);
  return createHash('sha256').update(`${what}${count}`).digest('hex').slice(0, 32);
}

function uriOf(file: string, folder: string): string {
  const relative = path.relative(folder, path.resolve(folder, file));
  return relative.split(path.sep).map(encodeURIComponent).join('/');
}
