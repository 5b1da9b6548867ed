import { parseYamlFile } from '../project/yamlFile';
import type { YamlResult } from '../project/yamlFile';
import { jobSchema } from './spec';
import type { Job } from './spec';

/** `text` is the content of `jobs/*.yaml`; `file` its path, for the problems' places. */
export function parseJob(text: string, file: string): YamlResult<Job> {
  return parseYamlFile(text, jobSchema, file);
}
