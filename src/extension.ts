import path from 'node:path';
import * as vscode from 'vscode';
import { TransportPool } from './cluster/clusters';
import { ChatFeature } from './features/chat/chatFeature';
import { CompareBlind } from './features/compare/compareBlind';
import { DatasetEditorProvider } from './features/datasetEditor/datasetEditorProvider';
import { datasetFiles } from './features/datasets/datasetFiles';
import { DatasetsView } from './features/datasets/datasetsView';
import { Evaluations } from './features/evaluation/evaluations';
import { EvalTests } from './features/evaluation/evalTests';
import { FindingCommands } from './features/findings/findingCommands';
import { FindingsService } from './features/findings/findingsService';
import { QuickFixes } from './features/findings/quickFixes';
import { ImportExport } from './features/importExport/importExport';
import { CreateJob } from './features/jobs/createJob';
import { JobLens } from './features/jobs/jobLens';
import { JobsView } from './features/jobs/jobsView';
import { SubmissionPanels } from './features/jobs/submissionPanels';
import { SubmitCommand } from './features/jobs/submitCommand';
import { applyLanguage, interfaceBundle } from './features/l10n';
import { MergeCommands } from './features/merge/mergeCommands';
import { ModelDownloads } from './features/models/modelDownloads';
import { ModelsView } from './features/models/modelsView';
import { PreviewService } from './features/preview/previewService';
import { Domains } from './features/project/domains';
import { PromptParity } from './features/prompt/promptParity';
import { ShowPrompt } from './features/prompt/showPrompt';
import { ProjectService } from './features/project/projectService';
import { YamlDiagnostics } from './features/project/yamlDiagnostics';
import { RecordTextFeature } from './features/recordText/recordTextFeature';
import { Identity } from './features/review/identity';
import { ReviewReports } from './features/review/reviewReports';
import { reviewSettings } from './features/review/reviewSettings';
import { RunActions } from './features/runs/runActions';
import { RunCommands } from './features/runs/runCommands';
import { RunLogs } from './features/runs/runLogs';
import { RunNotifier } from './features/runs/runNotifier';
import { RunPanels } from './features/runs/runPanels';
import { RunsService } from './features/runs/runsService';
import { RunsView } from './features/runs/runsView';
import { CreateSample } from './features/sample/createSample';
import type { Project } from './project/project';
import { RuntimeClient } from './runtime/client';
import { ModelStore } from './runtime/modelStore';

/** Builds the features and hands each what it needs; nothing native or heavy is loaded here. */
export function activate(context: vscode.ExtensionContext): void {
  const { extensionUri, extensionPath, subscriptions, workspaceState, globalState } = context;
  applyLanguage(extensionPath);
  const dist = path.join(extensionPath, 'dist');
  const output = vscode.window.createOutputChannel('Afina', { log: true });
  const sshProgram = vscode.workspace.getConfiguration('afina').get<string>('ssh.path', '');
  const pool = new TransportPool(sshProgram === '' ? {} : { sshProgram });
  const runtime = new RuntimeClient({
    script: path.join(dist, 'runtimeProcess.mjs'),
    env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
    l10nBundle: interfaceBundle(),
  });
  runtime.onDidLog(({ level, text }) => (level === 'warn' ? output.warn(text) : output.debug(text)));
  const store = new ModelStore();

  const datasetsOf = datasetFiles;
  const projects = new ProjectService(output);
  const runs = new RunsService(projects, pool.transportFor, output);
  const downloads = new ModelDownloads(store, output);
  const ensureModel = downloads.ensure.bind(downloads);
  const preview = new PreviewService({ projects, runtime, store, runs, downloads, memory: workspaceState });
  const domains = new Domains(projects, extensionPath);
  const findings = new FindingsService({
    projects,
    output,
    workerFile: path.join(dist, 'checkWorker.js'),
    counterFor: (project) => preview.counterFor(project),
    datasetsOf,
    domainOf: domains.of,
  });
  const logs = new RunLogs(runs);
  const actions = new RunActions({
    runs,
    projects,
    logs,
    output,
    ensureModel,
    useInPreview: (root, run) => preview.useRun(root, run),
  });
  const runPanels = new RunPanels(extensionUri, runs, actions, output);
  const parity = new PromptParity(path.join(dist, 'payload'), store, runtime);
  const submissions = new SubmissionPanels({
    promptCheck: parity.check,
    extensionUri,
    payload: path.join(dist, 'payload'),
    runs,
    output,
    errorsIn: (dataset) => findings.errorsOf(dataset),
    resolveGguf: (model, project) => ensureModel(project, model),
    openRun: (target) => runPanels.open(target),
  });
  const { topicsOf } = domains;
  const identity = new Identity(globalState);
  const editors: DatasetEditorProvider = new DatasetEditorProvider({
    ...{ extensionUri, findings, preview, topicsOf, output, identity },
    manifest: context.extension.packageJSON,
    reviewSettings: (file) => reviewSettings(projects.projectOf(file)),
    openRecordText: (document, key) => recordTexts.open(document, key),
    showPrompt: (document, key) => prompts.ofRecord(document, key),
  });
  const recordTexts = new RecordTextFeature({
    ...{ editors, findings, preview, domainOf: domains.of, output },
    authorOf: (file) => identity.known(file),
  });
  const runFolder = (project: Project, run: string): string => runs.store(project.root).folder(run);
  const prompts = new ShowPrompt({ extensionUri, output, projects, editors, parity, preview, runFolder });

  const features = [
    projects, runs, logs, preview, findings,
    new YamlDiagnostics(projects, output),
    editors, recordTexts, prompts, new QuickFixes(findings), new FindingCommands({ projects, findings, editors, output }),
    new ReviewReports({ extensionUri, output, projects, topicsOf, datasetsOf, show: editors.show.bind(editors) }),
    new MergeCommands({ extensionUri, output, projects, datasetsOf }),
    new DatasetsView(projects, findings),
    new JobsView(projects), new JobLens(projects), new CreateJob(projects),
    new SubmitCommand(projects, submissions),
    new RunsView(runs), new RunCommands(runs, actions, runPanels), new RunNotifier(runs, actions, runPanels),
    new ModelsView(projects, store, downloads, { extensionUri, output }),
    new ChatFeature({
      ...{ extensionUri, projects, preview, runtime, editors, datasetsOf, output },
      ...{ systemPromptOf: domains.systemPromptOf, onDidChangeModels: downloads.onDidChange, memory: workspaceState },
    }),
    new CompareBlind({ extensionUri, output, projects, preview, identity }),
    new EvalTests({ projects, preview, runtime, datasetsOf, output }),
    new Evaluations({ extensionUri, output, projects, preview, runtime, datasetsOf, show: editors.show.bind(editors) }),
    new CreateSample(extensionUri, output), new ImportExport({ extensionUri, projects, output }),
  ]; // prettier-ignore
  subscriptions.push(
    output,
    actions,
    runPanels,
    submissions,
    downloads,
    ...features.map((each) => each.register()),
  );
  subscriptions.push({ dispose: () => void runtime.dispose() }, { dispose: () => void pool.close() });
}
