import * as z from 'zod/mini';
import { STATUSES } from '../dataset/record';
import { TRAINING_METHODS } from '../dataset/trainingMethod';
import type { TrainingMethod } from '../dataset/trainingMethod';
import { resourcesSchema } from '../project/config';

const positive = z.int().check(z.positive());
const fraction = z.number().check(z.gte(0), z.lt(1));

/** As TRL names them. */
const DPO_LOSSES = ['sigmoid', 'hinge', 'ipo', 'apo_zero', 'sigmoid_norm'] as const;

const dpoSchema = z.strictObject({
  /** How firmly the model is held near its base: more lets it change less. */
  beta: z._default(z.number().check(z.positive()), 0.1),
  loss: z._default(z.enum(DPO_LOSSES), 'sigmoid'),
});

/** `jobs/*.yaml`: a dataset, a base model, LoRA and training settings, and where it runs. */
export const jobSchema = z.strictObject({
  version: z.literal(1),
  title: z.optional(z.string()),
  dataset: z.string().check(z.minLength(1)),
  /** Key of `models` in afina.yaml. */
  base: z.string().check(z.minLength(1)),
  /** Key of `clusters` in afina.yaml, or `local`. */
  cluster: z._default(z.string(), 'local'),
  /** Only records of these states train. */
  statuses: z._default(z.array(z.enum(STATUSES)).check(z.minLength(1)), ['approved']),
  /** Share of records held out for evaluation, chosen by seed and id; what is alike or of one source stays together. */
  evaluation: z._default(fraction, 0.1),
  seed: z._default(z.int().check(z.nonnegative()), 42),
  /** Conversations (sft), or which of two answers is the better one (dpo). */
  method: z._default(z.enum(TRAINING_METHODS), 'sft'),
  /** Only with the method dpo. */
  dpo: z.optional(dpoSchema),
  lora: z._default(
    z.strictObject({
      r: z._default(positive, 16),
      alpha: z._default(z.number().check(z.positive()), 32),
      dropout: z._default(fraction, 0.05),
      targets: z._default(
        z.union([z.literal('all-linear'), z.array(z.string()).check(z.minLength(1))]),
        'all-linear',
      ),
      rslora: z._default(z.boolean(), false),
    }),
    { r: 16, alpha: 32, dropout: 0.05, targets: 'all-linear', rslora: false },
  ),
  training: z.prefault(
    z.strictObject({
      epochs: z._default(z.number().check(z.positive()), 3),
      maxSteps: z._default(z.nullable(positive), null),
      batchSize: z._default(positive, 4),
      gradientAccumulation: z._default(positive, 4),
      /** Default: what suits the method, see `learningRateOf`. */
      learningRate: z.optional(z.number().check(z.positive(), z.lte(1))),
      scheduler: z._default(z.enum(['cosine', 'linear', 'constant', 'constant_with_warmup']), 'cosine'),
      warmup: z._default(fraction, 0.03),
      weightDecay: z._default(z.number().check(z.nonnegative()), 0),
      maxGradNorm: z._default(z.number().check(z.positive()), 1),
      precision: z._default(z.enum(['auto', 'bf16', 'fp16', 'fp32']), 'auto'),
      gradientCheckpointing: z._default(z.boolean(), false),
      maxLength: z._default(positive, 1024),
      packing: z._default(z.boolean(), false),
      loggingSteps: z._default(positive, 1),
      /** null: at the end of every epoch. */
      evalSteps: z._default(z.nullable(positive), null),
      saveSteps: z._default(positive, 50),
      saveTotalLimit: z._default(positive, 2),
    }),
    {},
  ),
  resources: z.prefault(resourcesSchema, {}),
});
export type Job = z.infer<typeof jobSchema>;

/** Preferences are learned in smaller steps: at the rate of conversations, models soon unlearn to speak. */
const LEARNING_RATES: Readonly<Record<TrainingMethod, number>> = { sft: 0.0002, dpo: 0.00002 };

export function learningRateOf({ method, training }: Job): number {
  return training.learningRate ?? LEARNING_RATES[method];
}

/** Null for conversations. */
export function dpoOf({ method, dpo }: Job): z.infer<typeof dpoSchema> | null {
  return method === 'dpo' ? (dpo ?? dpoSchema.parse({})) : null;
}

/** What the trainer is to train: a hub id, a folder on the cluster, or a GGUF (absolute, or in the run folder). */
export type TrainingBase =
  | { readonly hf: string; readonly revision: string | null }
  | { readonly path: string }
  | { readonly gguf: string };

/** `spec.json`: the resolved job as the trainer reads it; every field present. */
export interface ResolvedSpec {
  readonly version: 1;
  readonly run: string;
  readonly job: string;
  readonly method: TrainingMethod;
  /** Null for conversations. */
  readonly dpo: z.infer<typeof dpoSchema> | null;
  readonly seed: number;
  readonly base: TrainingBase;
  readonly chatTemplate: string | null;
  readonly data: {
    readonly train: 'data/train.jsonl';
    readonly eval: 'data/eval.jsonl' | null;
    readonly maxLength: number;
    readonly packing: boolean;
  };
  readonly lora: Job['lora'];
  readonly training: Omit<Job['training'], 'maxLength' | 'packing' | 'learningRate'> & {
    readonly learningRate: number;
  };
}
