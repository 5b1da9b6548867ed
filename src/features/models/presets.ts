import { readFile } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod/mini';

const presetSchema = z.object({
  key: z.string(),
  title: z.string(),
  /** What a cluster trains. */
  hf: z.string(),
  license: z.optional(z.string()),
  /** Of the hub; which files they hold only the hub knows. */
  repositories: z.array(z.string()),
});
export type Preset = z.infer<typeof presetSchema>;

/** media/models.json: models that people here use, as far as is known where they are. */
export async function readPresets(extensionPath: string): Promise<Preset[]> {
  const text = await readFile(path.join(extensionPath, 'media', 'models.json'), 'utf8');
  return z.parse(z.array(presetSchema), JSON.parse(text));
}
