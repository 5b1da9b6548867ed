import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline/promises';
import { t } from '@vscode/l10n';
import { convertAdapter } from '../adapter/convert';
import { cancelRun } from '../jobs/cancelRun';
import { fetchRun } from '../jobs/fetchRun';
import { Monitor } from '../jobs/monitor';
import { promptCheck } from '../jobs/promptParity';
import { planJob } from '../jobs/resolve';
import type { JobPlan } from '../jobs/resolve';
import { isEnded } from '../jobs/run';
import type { Run } from '../jobs/run';
import { learnedFrom, statusOf } from '../jobs/runWords';
import { resumeSubmission, submitJob } from '../jobs/submit';
import type { SubmitProgress } from '../jobs/submit';
import { CancelledError, UserError, messageOf } from '../protocol/errors';
import { ModelStore } from '../runtime/modelStore';
import { checkInProject } from './check';
import { EXIT, atEnd, format, interrupted, jobTools, payload, projectAt } from './context';
import type { Output } from './context';
import { modelFile, promptReader } from './records';

function showPlan(plan: JobPlan, output: Output): void {
  const { counts, cluster, model, files } = plan;
  const leaving = files.filter((file) => file.leavesMachine);
  output.line(t('Job:      {0}', plan.job.title ?? plan.jobName));
  output.line(
    t(
      'Dataset:  {0}: {1} records train, {2} evaluate, {3} are left out',
      plan.dataset,
      counts.train,
      counts.eval,
      counts.skipped,
    ),
  );
  output.line(t('Learns:   {0}', learnedFrom(plan.job)));
  output.line(t('Base:     {0}', model.config.title ?? model.key));
  output.line(
    t(
      'Cluster:  {0}',
      cluster.host === null ? cluster.name : `${cluster.name} (${cluster.host}:${cluster.root})`,
    ),
  );
  if (leaving.length === 0) output.line(t('No file leaves this machine.'));
  else
    output.line(
      t('{0} files leave this machine, {1} in all:', leaving.length, format.bytes(plan.bytesLeaving)),
    );
  for (const file of leaving)
    output.line(`  ${format.bytes(file.bytes).padStart(10)}  ${file.label}  ${file.local}`);
  for (const problem of plan.problems)
    output.line(`${problem.place.file}:${problem.place.line}: ${problem.message}`);
}

async function confirm(): Promise<boolean> {
  if (!process.stdin.isTTY) {
    throw new UserError(
      'submit/unconfirmed',
      t('Nothing was submitted: there is no terminal to confirm on. Add --yes.'),
    );
  }
  const questions = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await questions.question(t('Submit? [y/N] '), { signal: interrupted });
  questions.close();
  return /^[ysYS]/.test(answer.trim());
}

function showSubmission(progress: SubmitProgress, output: Output): void {
  switch (progress.step) {
    case 'connect': {
      output.progress(t('Connecting'));
      return;
    }
    case 'upload': {
      output.progress(t('Sending {0} of {1}', format.bytes(progress.done), format.bytes(progress.total)));
      return;
    }
    case 'environment': {
      output.progress(environmentText(progress));
      return;
    }
    case 'submit': {
      output.progress(t('Submitting'));
      return;
    }
  }
}

function environmentText({ message, done, total }: SubmitProgress & { step: 'environment' }): string {
  if (message === '') return t('Python environment');
  if (total === 0) return t('Python environment: {0}', message);
  return t('Python environment: {0} ({1}/{2})', message, done, total);
}

function runDocument(run: Run): Record<string, unknown> {
  const {
    id,
    createdAt,
    state,
    reason,
    jobId,
    job,
    cluster,
    counts,
    step,
    maxSteps,
    loss,
    evalLoss,
    startedAt,
    endedAt,
  } = run;
  return {
    run: id,
    createdAt,
    state,
    reason,
    jobId,
    job,
    cluster,
    ...counts,
    step,
    maxSteps,
    loss,
    evalLoss,
    startedAt,
    endedAt,
  };
}

export async function submit(
  job: string,
  options: { yes?: boolean; resume?: string },
  output: Output,
): Promise<number> {
  const project = await projectAt(path.dirname(path.resolve(job)));
  const submission = {
    ...jobTools(project),
    signal: interrupted,
    onProgress: (progress: SubmitProgress) => showSubmission(progress, output),
  };
  let run: Run;
  if (options.resume !== undefined) run = await resumeSubmission(options.resume, submission);
  else {
    const plan = await planJob({
      project,
      jobFile: path.resolve(job),
      payload,
      resolveGguf: (model) => modelFile(project, model, output),
      errorsIn: async (dataset) =>
        (await checkInProject([dataset])).result.findings.filter(({ severity }) => severity === 'error'),
      promptCheck: promptCheck({ payload, store: new ModelStore(), readerOf: promptReader }),
      signal: interrupted,
    });
    showPlan(plan, output);
    if (options.yes !== true && !(await confirm())) {
      await plan.dispose();
      throw new CancelledError();
    }
    run = await submitJob(plan, submission);
  }
  output.line(t('Submitted as run {0} (job {1}). Follow it with: afina watch {0}', run.id, run.jobId ?? '?'));
  output.document(runDocument(run));
  return EXIT.ok;
}

function lossOf({ loss }: Run): string {
  return loss === null ? '' : format.decimal(loss, 3);
}

export async function listRuns(output: Output): Promise<number> {
  const project = await projectAt('.');
  const tools = jobTools(project);
  const monitor = new Monitor(tools);
  const poll = await monitor.pollNow(interrupted).then(() => undefined, messageOf);
  if (poll !== undefined) output.progress(t('A cluster could not be asked: {0}', poll));
  const { runs, broken } = await tools.runStore.list();
  for (const run of runs) {
    const steps = run.maxSteps === null ? '' : `${run.step ?? 0}/${run.maxSteps}`;
    output.line(
      [run.id, statusOf(run).padEnd(12), run.cluster, steps, lossOf(run), run.reason ?? '']
        .join('  ')
        .trimEnd(),
    );
  }
  for (const { file, message } of broken) output.line(`${file}: ${message}`);
  if (runs.length + broken.length === 0) output.line(t('No runs yet.'));
  output.document({ runs: runs.map(runDocument), broken });
  return EXIT.ok;
}

export async function watch(id: string, output: Output): Promise<number> {
  const tools = jobTools(await projectAt('.'));
  const monitor = new Monitor(tools);
  atEnd(() => monitor.stop());
  const show = (run: Run): void => {
    const steps = run.maxSteps === null ? '' : t('step {0}/{1}', run.step ?? 0, run.maxSteps);
    const loss = run.loss === null ? '' : t('loss {0}', lossOf(run));
    output.progress([statusOf(run), steps, loss, run.reason ?? ''].filter((part) => part !== '').join('  '));
  };
  let last = '';
  monitor.onChange((run) => {
    const now = `${run.state} ${run.phase} ${run.step}`;
    if (!id.startsWith(run.id) && run.id !== id && !run.id.endsWith(id)) return;
    if (now !== last) show(run);
    last = now;
  });
  monitor.onError((cluster, error) => {
    if (error !== undefined)
      output.progress(t('{0} could not be asked, trying again: {1}', cluster, error.message));
  });
  const { id: whole } = await tools.runStore.get(id);
  const run = await monitor.waitForEnd(whole, interrupted);
  output.line(`${run.id}  ${statusOf(run)}${run.reason === null ? '' : `: ${run.reason}`}`);
  output.document(runDocument(run));
  return run.state === 'completed' ? EXIT.ok : EXIT.found;
}

export async function cancel(id: string, output: Output): Promise<number> {
  const run = await cancelRun(id, { ...jobTools(await projectAt('.')), signal: interrupted });
  output.line(
    isEnded(run.state)
      ? t('Run {0} had ended: {1}', run.id, statusOf(run))
      : t('Run {0} is being cancelled.', run.id),
  );
  output.document(runDocument(run));
  return EXIT.ok;
}

export async function fetch(id: string, base: string | undefined, output: Output): Promise<number> {
  const project = await projectAt('.');
  const tools = jobTools(project);
  const run = await fetchRun(id, {
    ...tools,
    signal: interrupted,
    ...(base === undefined ? {} : { baseGguf: path.resolve(base) }),
    onProgress: ({ phase, done, total }) =>
      output.progress(
        phase === 'download'
          ? t('Downloading {0} of {1}', format.bytes(done), format.bytes(total))
          : t('Converting to GGUF'),
      ),
  });
  const { fetched } = run;
  output.line(t('Adapter: {0}', fetched?.gguf ?? ''));
  output.document({
    run: run.id,
    folder: tools.runStore.folder(run.id),
    adapterDir: fetched?.adapterDir,
    adapterBytes: fetched === null ? null : await bytesIn(fetched.adapterDir),
    gguf: fetched?.gguf,
    ggufBytes: fetched?.bytes,
    sha256: fetched?.sha256,
  });
  return EXIT.ok;
}

async function bytesIn(folder: string): Promise<number> {
  const sizes = (await readdir(folder)).map(async (name) => (await stat(path.join(folder, name))).size);
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

export async function convert(
  adapterDir: string,
  options: { base: string; out: string },
  output: Output,
): Promise<number> {
  const base = options.base.endsWith('.json') ? { config: options.base } : { gguf: options.base };
  const result = await convertAdapter({ adapterDir, base, out: options.out, signal: interrupted });
  output.line(t('{0}: {1} tensors, {2}', options.out, result.tensors, format.bytes(result.bytes)));
  output.document({ out: path.resolve(options.out), ...result });
  return EXIT.ok;
}
