/** What is learned: conversations (sft), or which of two answers is the better one (dpo). */
export const TRAINING_METHODS = ['sft', 'dpo'] as const;
export type TrainingMethod = (typeof TRAINING_METHODS)[number];
