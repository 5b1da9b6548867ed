// A whole file's check, beside the least that a Python script would do for its part of it: parse every line, and find
// lines that are there twice.
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { checkFiles } from '../../src/checks/checkFile';
import { ROOT } from '../lab/paths.mjs';
import { run as runProcess } from '../lab/processes.mjs';
import { recordFile } from './inputs';
import type { Sample } from './measure';
import { PYTHON, inTurn, report, say } from './measure';

const RECORDS = 100_000;
const RUNS = 5;

const LOOP = `
import hashlib, json, sys, time
began = time.perf_counter()
seen = {}
with open(sys.argv[1], "rb") as file:
    for number, line in enumerate(file):
        json.loads(line)
        seen.setdefault(hashlib.sha256(line).digest(), []).append(number)
print(json.dumps({"perSecond": (number + 1) / (time.perf_counter() - began)}))
`;

export async function run(): Promise<void> {
  const file = await recordFile(RECORDS);
  const workerFile = path.join(ROOT, 'dist', 'checkWorker.js');
  let findings = 0;
  const medians = await inTurn(RUNS, {
    checkFiles: async () => {
      const began = performance.now();
      const result = await checkFiles([file], { workerFile });
      findings = result.findings.length;
      return { perSecond: (1000 * result.records) / (performance.now() - began) };
    },
    python: async () => JSON.parse((await runProcess(PYTHON, ['-c', LOOP, file])).stdout) as Sample,
  });
  say(`  ${findings} findings`);
  report({
    bench: 'checks',
    case: `${RECORDS} records, ${Math.round((await stat(file)).size / 1e6)} MB`,
    metric: 'whole file',
    value: medians('checkFiles', 'perSecond'),
    unit: 'records/s',
    peer: 'Python: json.loads and sha256 of each line',
    peerValue: medians('python', 'perSecond'),
  });
}
