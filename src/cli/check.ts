import path from 'node:path';
import { t } from '@vscode/l10n';
import { version } from '../../package.json';
import { checkFiles } from '../checks/checkFile';
import type { CheckResult, TokenCounter } from '../checks/checkFile';
import type { Finding } from '../checks/finding';
import { projectChecks } from '../checks/projectChecks';
import { sarifOf } from '../checks/sarif';
import { readLines } from '../dataset/lineReader';
import { loadDomain } from '../project/domain';
import { findProject, loadProject } from '../project/project';
import type { Project } from '../project/project';
import { UserError } from '../protocol/errors';
import { EXIT, checkWorker, domainsFolder, interrupted, language, strings } from './context';
import type { Output } from './context';
import { perRecord } from './perRecord';
import { tokenCounter } from './records';

export interface CheckCommandOptions {
  readonly json?: boolean;
  readonly sarif?: boolean;
  readonly perRecord?: boolean;
}

export async function check(files: string[], options: CheckCommandOptions, output: Output): Promise<number> {
  if (options.sarif === true && options.json === true) {
    throw new UserError('check/formats', t('Choose one of --json and --sarif: each prints one document.'));
  }
  if (options.perRecord === true && options.json !== true) {
    throw new UserError('check/formats', t('--per-record adds to the document of --json: give both.'));
  }
  const { result, counter } = await checkInProject(files);
  const { findings, records } = result;
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  if (options.sarif === true) {
    const document = sarifOf(findings, {
      version,
      language,
      folder: process.cwd(),
      lineOf: await linesWithFixes(findings),
    });
    process.stdout.write(`${JSON.stringify(document)}\n`);
  } else {
    for (const { file, line, start, severity, rule, message } of findings) {
      output.line(`${file}:${line}:${start + 1}: ${severity}: ${message} [${rule}]`);
    }
    output.line(t('{0} records, {1} findings, {2} of them errors', records, findings.length, errors));
    output.document(
      options.perRecord === true
        ? { ...result, perRecord: await perRecord(result.files, { counter, signal: interrupted }) }
        : result,
    );
  }
  return errors > 0 ? EXIT.found : EXIT.ok;
}

/** By the rules of the project that the first file lies in. */
export async function checkInProject(
  files: readonly string[],
): Promise<{ readonly result: CheckResult; readonly counter: TokenCounter | undefined }> {
  const folder = await findProject(path.dirname(path.resolve(files[0] ?? '.')));
  const project = folder === undefined ? undefined : await loadProject(folder);
  const counter = project === undefined ? undefined : await tokenCounter(project);
  const result = await checkFiles(files, {
    ...(project === undefined ? { maxTokens: 1024 } : projectChecks(project, await mustCiteOf(project))),
    counter,
    signal: interrupted,
    workerFile: checkWorker,
    l10n: strings,
  });
  return { result, counter };
}

/** What the project's domain wants cited: of its own pack, or of one that comes with Afina. */
async function mustCiteOf({ root, config }: Project): Promise<readonly string[]> {
  if (config.domain === undefined) return [];
  return (await loadDomain(config.domain, [path.join(root, 'domains'), domainsFolder]))?.mustCite ?? [];
}

/** The lines that a fix changes, read once: a fix is told in the line's own columns. */
async function linesWithFixes(
  findings: readonly Finding[],
): Promise<(finding: Finding) => string | undefined> {
  const wanted = new Map<string, Set<number>>();
  for (const { file, line, fix } of findings) {
    if (fix === undefined) continue;
    const lines = wanted.get(file);
    if (lines === undefined) wanted.set(file, new Set([line]));
    else lines.add(line);
  }
  const texts = new Map<string, string>();
  for (const [file, lines] of wanted) {
    for await (const batch of readLines(file, { signal: interrupted })) {
      for (const { number, bytes } of batch) {
        if (lines.has(number)) texts.set(`${number} ${file}`, bytes.toString('utf8'));
      }
    }
  }
  return ({ file, line }) => texts.get(`${line} ${file}`);
}
