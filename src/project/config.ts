import * as z from 'zod/mini';
import { VARIETIES } from '../portuguese/varieties';

/** ISO 3166-1 alpha-2, upper case. */
const country = z.string().check(z.regex(/^[A-Z]{2}$/));
const positive = z.int().check(z.positive());
/** `30`, `02:00:00`, `1-12:00:00`: the forms that Slurm's --time takes. */
const wallTime = z.string().check(z.regex(/^(\d+|\d+:\d{2}(:\d{2})?|\d+-\d{1,2}(:\d{2}){0,2})$/));
const memory = z.string().check(z.regex(/^\d+[KMGT]?$/));
/** No spaces, no shell characters, no leading dash: it becomes a command-line argument. */
const slurmName = z.string().check(z.regex(/^[A-Za-z0-9_][A-Za-z0-9_.,+@%-]*$/));

/** Resources of a batch job. A job's own `resources` override its cluster's. */
export const resourcesSchema = z.strictObject({
  partition: z.optional(slurmName),
  account: z.optional(slurmName),
  qos: z.optional(slurmName),
  /** GPUs of one node; 0 trains on CPU. */
  gpus: z.optional(z.int().check(z.nonnegative())),
  /** GRES type, for instance `a100` of `gpu:a100:4`. */
  gpuType: z.optional(slurmName),
  cpus: z.optional(positive),
  memory: z.optional(memory),
  time: z.optional(wallTime),
});
export type Resources = z.infer<typeof resourcesSchema>;

const environmentSchema = z.strictObject({
  /** Interpreter that creates the environment (3.11 or newer). Default: python3. */
  interpreter: z.optional(z.string()),
  /** An existing virtual environment on the cluster that has the training stack: none is created then. */
  venv: z.optional(z.string()),
  /** Further arguments of `pip install`, for instance another package index. */
  pipArgs: z.optional(z.array(z.string())),
  /** Environment modules to load before Python. */
  modules: z.optional(z.array(slurmName)),
});
export type PythonEnvironment = z.infer<typeof environmentSchema>;

const localCluster = z.strictObject({
  type: z.literal('local'),
  /** Folder of runs, uploaded files and environments. Default: AFINA_HOME, else ~/.afina. */
  root: z.optional(z.string()),
  python: z.optional(environmentSchema),
  resources: z.optional(resourcesSchema),
});
const slurmCluster = z.strictObject({
  type: z.literal('slurm'),
  /** Host as ~/.ssh/config knows it; left out when VS Code runs on the login node itself. */
  host: z.optional(z.string().check(z.regex(/^[A-Za-z0-9_][A-Za-z0-9_.@:-]*$/))),
  /** ssh configuration file instead of the user's own. */
  sshConfig: z.optional(z.string()),
  /** Absolute folder on the cluster for runs, uploaded files and environments. */
  root: z.string().check(z.regex(/^\/[^\n\0]*$/)),
  country: z.optional(country),
  python: z.optional(environmentSchema),
  resources: z.optional(resourcesSchema),
});
export const clusterSchema = z.discriminatedUnion('type', [localCluster, slurmCluster]);
export type ClusterConfig = z.infer<typeof clusterSchema>;

export const modelSchema = z.strictObject({
  title: z.optional(z.string()),
  /** What the editor previews: a path (from the project's folder) or `hf:owner/repository/file.gguf`. */
  gguf: z.string().check(z.minLength(1)),
  /** sha256 of the GGUF, checked after a download. */
  sha256: z.optional(z.string().check(z.regex(/^[0-9a-f]{64}$/))),
  /**
   * What the cluster trains: a hub id `owner/name`, or an absolute path there. Left out: the GGUF itself,
   * dequantised.
   */
  hf: z.optional(z.string().check(z.minLength(1))),
  /** Context of the preview in tokens. Default: 2048, or the model's own when that is smaller. */
  context: z.optional(positive),
});
export type ModelConfig = z.infer<typeof modelSchema>;

export const severitySchema = z.enum(['error', 'warning', 'info', 'off']);

/** `afina.yaml` at a project's root. */
export const projectSchema = z.strictObject({
  version: z.literal(1),
  title: z.optional(z.string()),
  domain: z.optional(z.string()),
  variety: z._default(z.enum(VARIETIES), 'pt-PT'),
  /** Countries whose clusters may receive this project's data. Left out: any cluster of this file. */
  residency: z.optional(z.array(country)),
  models: z._default(z.record(z.string().check(z.regex(/^[A-Za-z0-9_.-]+$/)), modelSchema), {}),
  /** Clusters by name. `local` is always there, declared or not. */
  clusters: z._default(z.record(z.string().check(z.regex(/^[A-Za-z0-9_.-]+$/)), clusterSchema), {}),
  datasets: z._default(z.array(z.string()), ['datasets/*.jsonl']),
  checks: z._default(
    z.strictObject({
      /** Longest record in tokens, as training sees it. */
      maxTokens: z._default(positive, 1024),
      /** Model (a key of `models`) whose tokenizer counts. Default: the first one. */
      model: z.optional(z.string()),
      /** Jaccard similarity (of shingles of three words) from which two records count as near-duplicates. */
      nearDuplicate: z._default(z.number().check(z.gte(0.3), z.lte(1)), 0.8),
      /** Files that are held out for evaluation. Default: those whose name says so (eval, test, avaliacao…). */
      evaluation: z.optional(z.array(z.string())),
      rules: z._default(z.record(z.string(), severitySchema), {}),
    }),
    { maxTokens: 1024, nearDuplicate: 0.8, rules: {} },
  ),
  review: z._default(
    z.strictObject({
      /** People whose verdicts a record needs. From 2 on, the verdicts of others are hidden until one's own is given. */
      reviewers: z._default(positive.check(z.maximum(10)), 1),
      /** Reasons that are offered for a rejection or a repair instead of the usual ones. */
      reasons: z.optional(z.array(z.string().check(z.minLength(1), z.maxLength(200))).check(z.maxLength(9))),
    }),
    { reviewers: 1 },
  ),
});
export type ProjectConfig = z.infer<typeof projectSchema>;
