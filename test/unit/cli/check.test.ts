import { strict as assert } from 'node:assert';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runAfina } from './runAfina';
import type { Ended } from './runAfina';

const QUESTION = 'Que diz a lei?';
const ANSWER =
  'Responde o transportador: é o que diz o artigo 1.º do Decreto-Lei n.º 352/86, de 21 de outubro.';
const CITED = 'artigo 1.º do Decreto-Lei n.º 352/86, de 21 de outubro';

function record(id: string, answer: string, sources: readonly string[] = []): string {
  return JSON.stringify({
    id,
    messages: [
      { role: 'user', content: QUESTION },
      { role: 'assistant', content: answer },
    ],
    meta: { topic: 'transporte', status: 'draft', sources },
  });
}

describe('afina check for machines', function () {
  this.timeout(60_000);
  let folder: string;

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'afina-check-'));
    await mkdir(path.join(folder, 'dados'));
    await writeFile(
      path.join(folder, 'dados', 'a.jsonl'),
      `${record('c-1', ANSWER, [CITED])}\n\n{"id":"c-2","messages":[]}\n{broken\n`,
    );
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const afina = (args: readonly string[], language?: string): Promise<Ended> =>
    runAfina(folder, ['check', ...args], language);

  it('tells of every record with --per-record, broken lines included', async () => {
    const { code, stdout } = await afina(['--json', '--per-record', 'dados/a.jsonl']);
    assert.equal(code, 1);
    const { perRecord, records } = JSON.parse(stdout) as {
      readonly records: number;
      readonly perRecord: readonly {
        readonly line: number;
        readonly id: string | null;
        readonly tokens: number | null;
        readonly variety: { readonly label: string; readonly score: number };
        readonly citations: readonly {
          readonly field: string;
          readonly start: number;
          readonly end: number;
          readonly text: string;
          readonly normal: string;
        }[];
      }[];
    };
    assert.equal(perRecord.length, records);
    assert.deepEqual(
      perRecord.map(({ line, id, tokens }) => [line, id, tokens]),
      [
        [1, 'c-1', null],
        [3, 'c-2', null],
        [4, null, null],
      ],
    );
    const [cited] = perRecord[0]?.citations ?? [];
    assert.equal(perRecord[0]?.citations.length, 1);
    assert.equal(cited?.field, 'messages[1].content');
    assert.equal(cited.text, CITED);
    assert.equal(ANSWER.slice(cited.start, cited.end), CITED);
    assert.match(cited.normal, /352\/86/);
    for (const { variety } of perRecord) {
      assert.ok(['pt-PT', 'pt-BR', 'undecided'].includes(variety.label), JSON.stringify(variety));
      assert.ok(variety.score >= -1 && variety.score <= 1);
    }
  });

  it('prints one SARIF document with --sarif, and ends as ever', async () => {
    const { code, stdout } = await afina(['--sarif', 'dados/a.jsonl']);
    assert.equal(code, 1);
    const { version, runs } = JSON.parse(stdout) as {
      readonly version: string;
      readonly runs: readonly {
        readonly results: readonly {
          readonly ruleId: string;
          readonly locations: readonly {
            readonly physicalLocation: {
              readonly artifactLocation: { readonly uri: string };
              readonly region: { readonly startLine: number };
            };
          }[];
        }[];
      }[];
    };
    assert.equal(version, '2.1.0');
    const broken = runs[0]?.results.find(({ ruleId }) => ruleId === 'schema/json');
    const place = broken?.locations[0]?.physicalLocation;
    assert.deepEqual([place?.artifactLocation.uri, place?.region.startLine], ['dados/a.jsonl', 4]);
  });

  it('refuses two documents on one output, and what only one of them has', async () => {
    for (const args of [['--json', '--sarif'], ['--per-record'], ['--sarif', '--per-record']]) {
      const { code, stdout, stderr } = await afina([...args, 'dados/a.jsonl']);
      assert.equal(code, 2, args.join(' '));
      assert.match(stderr + stdout, /--json/);
    }
  });

  it('explains its options in Portuguese, too', async () => {
    const { stdout } = await afina(['--help'], 'pt_PT.UTF-8');
    assert.match(stdout, /--sarif +escrever um documento SARIF/);
    assert.match(stdout, /--per-record +com --json: também a variedade/);
  });
});
