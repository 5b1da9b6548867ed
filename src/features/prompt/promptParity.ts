import type { PromptReader } from '../../evaluation/promptTypes';
import type { ParityTools, PromptCheck, PromptCheckRequest } from '../../jobs/promptParity';
import type { RuntimeClient } from '../../runtime/client';
import type { ModelStore } from '../../runtime/modelStore';

/** Compares the preview's prompts with the trainer's; loads what that takes on first use. */
export class PromptParity {
  readonly tools: ParityTools;
  private loaded: ((request: PromptCheckRequest, signal?: AbortSignal) => Promise<PromptCheck>) | undefined;

  constructor(payload: string, store: ModelStore, runtime: RuntimeClient) {
    const readerOf =
      (gguf: string): PromptReader =>
      (items, signal) =>
        runtime.promptTokens({ model: { gguf }, items }, { signal });
    this.tools = { payload, store, readerOf };
  }

  /** What a submission asks. */
  readonly check = async (request: PromptCheckRequest, signal?: AbortSignal): Promise<PromptCheck> => {
    const { promptCheck } = await import('../../jobs/promptParity');
    this.loaded ??= promptCheck(this.tools);
    return this.loaded(request, signal);
  };
}
