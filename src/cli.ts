import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { t } from '@vscode/l10n';
import { version } from '../package.json';
import { EXIT, closeAll, makeOutput } from './cli/context';
import type { Output } from './cli/context';
import { STATUS_WORDS, exportFile, importFile } from './cli/exchange';
import type { ExportCommandOptions, ImportCommandOptions } from './cli/exchange';
import { inOwnLanguage } from './cli/help';
import { check } from './cli/check';
import type { CheckCommandOptions } from './cli/check';
import { evalFile } from './cli/evaluate';
import type { EvalOptions } from './cli/evaluate';
import { preview } from './cli/records';
import type { PreviewOptions } from './cli/records';
import { merge, review } from './cli/review';
import type { MergeOptions } from './cli/review';
import { cancel, convert, fetch, listRuns, submit, watch } from './cli/runs';
import { EXPORT_FORMATS } from './dataset/export/survey';
import { IMPORT_TARGETS } from './protocol/importView';
import { STATUSES } from './dataset/record';
import { JobError } from './jobs/jobError';
import { UserError, isCancelled, messageOf } from './protocol/errors';

function integer(value: string): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number < 0)
    throw new InvalidArgumentError(t('A whole number of 0 or more is needed.'));
  return number;
}

function decimal(value: string): number {
  const number = Number(value);
  if (!Number.isFinite(number) || number < 0)
    throw new InvalidArgumentError(t('A number of 0 or more is needed.'));
  return number;
}

/** Runs one command: shows its error once, in the form asked for, and sets the exit code. */
async function perform(
  options: { json?: boolean },
  action: (output: Output) => Promise<number>,
): Promise<void> {
  const output = makeOutput(options.json === true);
  try {
    process.exitCode = await action(output);
  } catch (error) {
    process.exitCode = isCancelled(error) ? EXIT.cancelled : EXIT.unusable;
    const known = error instanceof UserError;
    const place = known ? error.details.place : undefined;
    const problems = error instanceof JobError ? error.problems : undefined;
    const where =
      place === undefined
        ? ''
        : `${[place.file, place.line, place.column].filter((part) => part !== undefined).join(':')}: `;
    const message = isCancelled(error) ? t('Cancelled: nothing was changed.') : messageOf(error);
    process.stderr.write(`afina: ${where}${message}\n`);
    for (const other of problems?.slice(1) ?? []) {
      process.stderr.write(
        `afina: ${other.place.file}:${other.place.line}:${other.place.column}: ${other.message}\n`,
      );
    }
    if (!known && !isCancelled(error) && error instanceof Error)
      process.stderr.write(`${error.stack ?? ''}\n`);
    output.document({ error: { code: known ? error.code : 'internal', message, place, problems } });
  } finally {
    await closeAll();
  }
}

function program(): Command {
  const afina = inOwnLanguage(new Command('afina'))
    .description(t('Portuguese domain fine-tuning: datasets, preview, and LoRA jobs, without an editor.'))
    .version(version, '-V, --version', t('show the version'))
    .showHelpAfterError()
    .exitOverride();
  const command = (usage: string, description: string): Command =>
    afina
      .command(usage)
      .description(description)
      .option('--json', t('print one JSON document on standard output'));
  command('check <files...>', t('check datasets; ends with 0 clean, 1 errors found, 2 unusable input'))
    .option('--per-record', t('with --json: variety, citations and tokens of every record, too'))
    .option('--sarif', t('print one SARIF 2.1.0 document on standard output, for CI'))
    .action((files: string[], options: CheckCommandOptions) =>
      perform(options, (output) => check(files, options, output)),
    );
  command('preview <file>', t('what the model answers to a record'))
    .requiredOption('--id <id>', t('id of the record'))
    .option('--model <key|path>', t('model of afina.yaml, or a GGUF file; default: the first of afina.yaml'))
    .option('--adapter <file>', t('adapter as GGUF'))
    .option('--seed <n>', t('seed of the sampler'), integer, 42)
    .option('--temperature <t>', t('0 takes the likeliest token each time'), decimal, 0)
    .option('--max-tokens <n>', t('longest answer in tokens'), integer, 256)
    .action((file: string, options: PreviewOptions & { json?: boolean }) =>
      perform(options, (output) => preview(file, options, output)),
    );
  command(
    'eval <file>',
    t('hold answers against what records expect of them (meta.expect); ends with 0 as expected, 1 not'),
  )
    .option('--model <key|path>', t('model of afina.yaml, or a GGUF file; default: the first of afina.yaml'))
    .option('--adapter <file>', t('adapter as GGUF'))
    .option('--junit <file>', t('write a JUnit XML report, for CI'))
    .option('--seed <n>', t('seed of the sampler'), integer, 42)
    .option('--temperature <t>', t('0 takes the likeliest token each time'), decimal, 0)
    .option('--max-tokens <n>', t('longest answer in tokens'), integer, 256)
    .action((file: string, options: EvalOptions & { json?: boolean }) =>
      perform(options, (output) => evalFile(file, options, output)),
    );
  command('review <dataset>', t('how far the review of a dataset is, and how well people agree')).action(
    (dataset: string, options: { json?: boolean }) => perform(options, (output) => review(dataset, output)),
  );
  command(
    'merge <base> <ours> <theirs>',
    t('merge datasets by record into <ours>; as git merge driver; ends with 0 merged, 1 conflicts'),
  )
    .option('--path <path>', t('the dataset that is merged; conflicts are kept beside it'))
    .option('--marker-size <n>', t('taken from git, and not needed'))
    .action((base: string, ours: string, theirs: string, options: MergeOptions & { json?: boolean }) =>
      perform(options, (output) => merge({ base, ours, theirs }, options, output)),
    );
  command('submit <job>', t('submit a fine-tune job, after a summary and a confirmation'))
    .option('--yes', t('do not ask'))
    .option('--resume <run>', t('go on with a submission that was broken off'))
    .action((job: string, options: { yes?: boolean; resume?: string; json?: boolean }) =>
      perform(options, (output) => submit(job, options, output)),
    );
  command('runs', t('list the runs of this project')).action((options: { json?: boolean }) =>
    perform(options, listRuns),
  );
  command('watch <run>', t('follow a run to its end')).action((run: string, options: { json?: boolean }) =>
    perform(options, (output) => watch(run, output)),
  );
  command('cancel <run>', t('end a run')).action((run: string, options: { json?: boolean }) =>
    perform(options, (output) => cancel(run, output)),
  );
  command('fetch <run>', t('download, verify and convert the adapter of a completed run'))
    .option('--base <gguf>', t('GGUF of the base, when the run does not know it'))
    .action((run: string, options: { base?: string; json?: boolean }) =>
      perform(options, (output) => fetch(run, options.base, output)),
    );
  command('convert <adapter_dir>', t('convert a PEFT adapter to a GGUF LoRA'))
    .requiredOption('--base <gguf|config.json>', t('the base it was trained on'))
    .requiredOption('--out <file>', t('GGUF file to write'))
    .action((folder: string, options: { base: string; out: string; json?: boolean }) =>
      perform(options, (output) => convert(folder, options, output)),
    );
  command('import <file>', t('make a dataset of CSV, TSV, Parquet, JSON, or an export of an annotation tool'))
    .requiredOption('--to <dataset>', t('JSONL file to write'))
    .option(
      '--map <field=target...>',
      t('what fields become, of: {0}; others are guessed', IMPORT_TARGETS.join(', ')),
    )
    .option('--status <status>', t('status of records without one, of: {0}', STATUSES.join(', ')), 'draft')
    .option('--append', t('add the records to a dataset that is there already'))
    .option('--overwrite', t('replace a file that is there already'))
    .action((file: string, options: ImportCommandOptions & { json?: boolean }) =>
      perform(options, (output) => importFile(file, options, output)),
    );
  command('export <dataset>', t('write a dataset in the format of another tool'))
    .requiredOption('--format <format>', t('one of: {0}', EXPORT_FORMATS.join(', ')))
    .requiredOption('--out <file>', t('JSONL file to write; the configuration of the tool goes beside it'))
    .option('--statuses <list>', t('statuses that are written, of: {0}', STATUS_WORDS.join(',')), 'approved')
    .option('--overwrite', t('replace a file that is there already'))
    .action((dataset: string, options: ExportCommandOptions & { json?: boolean }) =>
      perform(options, (output) => exportFile(dataset, options, output)),
    );
  return afina;
}

// Whoever read the output has seen enough (`afina check … | head`): the work itself goes on to its end.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

program()
  .parseAsync()
  .catch((error: unknown) => {
    // commander has said what was wrong with the command line; help and version are no failures
    process.exitCode = error instanceof CommanderError && error.exitCode === 0 ? EXIT.ok : EXIT.unusable;
    if (!(error instanceof CommanderError)) throw error;
  });
