import { strict as assert } from 'node:assert';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as fc from 'fast-check';
import { projectSchema } from '../../../src/project/config';
import { ProjectError, findProject, loadProject } from '../../../src/project/project';
import { editDistance, nearest } from '../../../src/project/suggest';
import { parseYamlFile } from '../../../src/project/yamlFile';
import { jobSchema } from '../../../src/jobs/spec';

/** `line:column-line:column message` of every problem. */
function problemsOf(text: string, schema: typeof jobSchema | typeof projectSchema = jobSchema): string[] {
  return parseYamlFile(text, schema, 'f.yaml').problems.map(
    ({ place, endLine, endColumn, message }) =>
      `${place.line}:${place.column}-${endLine}:${endColumn} ${message}`,
  );
}

const JOB = 'version: 1\ndataset: datasets/a.jsonl\nbase: amalia\n';

describe('YAML files', () => {
  it('accepts a minimal job and fills in every default', () => {
    const { value, problems } = parseYamlFile(JOB, jobSchema, 'f.yaml');
    assert.deepEqual(problems, []);
    assert.equal(value?.training.batchSize, 4);
    assert.equal(value.cluster, 'local');
    assert.deepEqual(value.statuses, ['approved']);
  });

  it('takes an unquoted number where text is expected', () => {
    const { value } = parseYamlFile(`${JOB}resources:\n  time: 30\n  memory: 64000\n`, jobSchema, 'f.yaml');
    assert.equal(value?.resources.time, '30');
    assert.equal(value.resources.memory, '64000');
  });

  const cases: [string, string, string[]][] = [
    ['a wrong value', `${JOB}seed: ten\n`, ['4:7-4:10 This must be a whole number, not "ten".']],
    [
      'a value out of range',
      `${JOB}training:\n  epochs: -1\n`,
      ['5:11-5:13 -1 is too small: it must be more than 0.'],
    ],
    ['a fraction of one', `${JOB}evaluation: 1\n`, ['4:13-4:14 1 is too large: it must be less than 1.']],
    [
      'an unknown key',
      `${JOB}training:\n  epoch: 1\n`,
      ['5:3-5:8 There is no key "epoch" here. Did you mean "epochs"?'],
    ],
    ['a missing key', 'version: 1\nbase: a\n', ['1:1-1:8 The key "dataset" is missing.']],
    [
      'one of a list',
      `${JOB}statuses: [approved, aproved]\n`,
      [
        '4:22-4:29 "aproved" is not possible here. Did you mean approved? Possible: draft, review, approved, rejected.',
      ],
    ],
    ['an empty list', `${JOB}statuses: []\n`, ['4:11-4:13 The list must not be empty.']],
    ['a key without a value', 'version: 1\ndataset:\nbase: a\n', ['2:1-2:8 This must be text, not nothing.']],
    [
      'a bad format',
      `${JOB}resources:\n  partition: "a b"\n`,
      ['5:14-5:19 "a b" is not valid here: it must be a name without spaces or special characters.'],
    ],
    ['a duplicate key', `${JOB}base: b\n`, ['4:1-4:5 This key occurs twice.']],
    ['a tab', 'version: 1\nlora:\n\tr: 1\n', ['3:1-3:2 A tab cannot indent a line in YAML: use spaces.']],
    [
      'a union',
      `${JOB}lora:\n  targets: q_proj\n`,
      ['5:12-5:18 "q_proj" is not possible here. Possible: all-linear.'],
    ],
    ['a union of a list', `${JOB}lora:\n  targets: [q_proj, 1]\n`, ['5:21-5:22 This must be text, not 1.']],
    ['an empty file', '', ['1:1-1:1 The file is empty.']],
    ['a list instead of keys', '- a\n', ['1:1-1:4 This must be a group of keys and values, not a list.']],
    [
      'positions after accents and with CRLF',
      'version: 1\r\ntitle: "Direito marítimo"\r\ndataset: á\r\nbase: 1.5\r\nsede: 1\r\n',
      ['5:1-5:5 There is no key "sede" here. Did you mean "seed"?'],
    ],
    ['self-made aliases', 'version: 1\ndataset: &a x\nbase: *b\n', ['3:7-3:9 This alias refers to nothing.']],
  ];
  for (const [name, text, expected] of cases) {
    it(`places ${name}`, () => {
      assert.deepEqual(problemsOf(text), expected);
    });
  }

  it('places what is wrong in a cluster, by its type', () => {
    const text =
      'version: 1\nclusters:\n  mn5:\n    type: slurm\n    rot: /x\n    country: pt\n  other:\n    type: slrm\n';
    assert.deepEqual(problemsOf(text, projectSchema), [
      '3:3-3:6 The key "root" is missing.',
      '5:5-5:8 There is no key "rot" here. Did you mean "root"?',
      '6:14-6:16 "pt" is not valid here: it must be a country code of two capital letters, for instance PT.',
      '8:11-8:15 "slrm" is not possible here. Did you mean slurm? Possible: local, slurm.',
    ]);
  });

  it('does not expand aliases without end', () => {
    const bomb = [
      'version: 1',
      'a: &a [x,x,x,x,x,x,x,x,x]',
      ...'bcdefgh'
        .split('')
        .map((each, index) => `${each}: &${each} [${Array(9).fill(`*${'abcdefg'[index]!}`).join(',')}]`),
    ].join('\n');
    assert.match(problemsOf(bomb).join('\n'), /too many aliases/);
  });

  it('never throws, and every range lies inside the text', () => {
    const piece = fc.constantFrom(
      'version: 1',
      'base',
      ': ',
      '\n',
      '  ',
      '- ',
      '[',
      ']',
      '{',
      '}',
      '"',
      "'",
      '&a',
      '*a',
      '<<',
      '!!',
      '\t',
      'á',
      '|',
      '#',
      '\r\n',
      '0x',
      'lora:',
      '---',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const text = pieces.join('');
        const lines = text.split('\n');
        for (const { place, endLine, endColumn } of parseYamlFile(text, jobSchema, 'f').problems) {
          assert.ok(
            place.line >= 1 && place.line <= lines.length && endLine <= lines.length,
            JSON.stringify(text),
          );
          assert.ok(
            place.column <= lines[place.line - 1]!.length + 1 && endColumn <= lines[endLine - 1]!.length + 1,
            JSON.stringify(text),
          );
          assert.ok(endLine > place.line || endColumn >= place.column);
        }
      }),
      { seed: 7, numRuns: 2000 },
    );
  });

  it('places a problem that is found later', () => {
    const { at } = parseYamlFile(JOB, jobSchema, 'f.yaml');
    assert.deepEqual(at(['base'], 'x').place, { file: 'f.yaml', line: 3, column: 7 });
    assert.deepEqual(at(['base'], 'x', { key: true }).place, { file: 'f.yaml', line: 3, column: 1 });
    assert.deepEqual(at(['training', 'epochs'], 'x').place, { file: 'f.yaml', line: 1, column: 1 });
  });
});

describe('suggestions', () => {
  it('counts edits', () => {
    assert.equal(editDistance('epoch', 'epochs'), 1);
    assert.equal(editDistance('sede', 'seed'), 1);
    assert.equal(editDistance('', 'abc'), 3);
    assert.equal(nearest('zzz', ['epochs', 'seed']), undefined);
  });
});

describe('a project', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'afina-project-'));
    await mkdir(path.join(folder, 'jobs/deep'), { recursive: true });
  });
  after(() => rm(folder, { recursive: true }));

  it('says where an afina.yaml is missing', async () => {
    await assert.rejects(loadProject(folder), { name: 'UserError', code: 'project/missing' });
  });

  it('is found from a file deep below, and always has a local cluster', async () => {
    await writeFile(path.join(folder, 'afina.yaml'), 'version: 1\nresidency: [PT]\n');
    assert.equal(await findProject(path.join(folder, 'jobs/deep/none.yaml')), folder);
    const project = await loadProject(folder);
    assert.deepEqual(project.clusters, { local: { type: 'local' } });
    assert.deepEqual(project.config.residency, ['PT']);
  });

  it('says how many reviewers and which reasons are possible', () => {
    const of = (review: string): string[] => problemsOf(`version: 1\nreview: ${review}\n`, projectSchema);
    assert.deepEqual(of('{ reviewers: 2, reasons: [Sem fonte] }'), []);
    assert.match(of('{ reviewers: 0 }')[0] ?? '', /0 is too small/);
    assert.match(of('{ reviewers: 11 }')[0] ?? '', /11 is too large: it must be 10 or less/);
    assert.match(of('{ reviewer: 2 }')[0] ?? '', /Did you mean "reviewers"/);
    assert.match(of(`{ reasons: [${'a, '.repeat(10)}] }`)[0] ?? '', /at most 9 entries/);
    assert.match(of(`{ reasons: [${'a'.repeat(201)}] }`)[0] ?? '', /at most 200 characters/);
  });

  it('is refused with the place when its file is broken', async () => {
    await writeFile(path.join(folder, 'afina.yaml'), 'version: 2\n');
    await assert.rejects(loadProject(folder), (error: unknown) => {
      assert.ok(error instanceof ProjectError);
      assert.equal(error.code, 'project/invalid');
      assert.deepEqual(error.details.place, { file: path.join(folder, 'afina.yaml'), line: 1, column: 10 });
      return true;
    });
  });
});
