import { readFile } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod/mini';
import { parseYamlFile } from './yamlFile';

const topicSchema = z.looseObject({ id: z.string(), title: z.string() });

const glossarySchema = z.looseObject({ term: z.string(), definition: z._default(z.string(), '') });

/** A pack for one field, `media/domains/<id>.yaml`; a project may bring its own in `domains/`. */
const domainSchema = z.looseObject({
  id: z.string(),
  systemPrompt: z.optional(z.string()),
  topics: z._default(z.array(topicSchema), []),
  glossary: z._default(z.array(glossarySchema), []),
  /** Plain phrases: an answer with one of them makes a legal claim, and has to cite what it rests on. */
  mustCite: z._default(z.array(z.string()), []),
});
export type Domain = z.infer<typeof domainSchema>;

/** The domain `id`, from the first of `folders` that has it; undefined when none has, or it cannot be read. */
export async function loadDomain(id: string, folders: readonly string[]): Promise<Domain | undefined> {
  if (!/^[A-Za-z0-9_-]+$/.test(id)) return undefined;
  for (const folder of folders) {
    const file = path.join(folder, `${id}.yaml`);
    const text = await readFile(file, 'utf8').catch(() => undefined);
    if (text !== undefined) return parseYamlFile(text, domainSchema, file).value;
  }
  return undefined;
}
