import assert from 'node:assert/strict';
import type { Finding } from '../../../src/checks/finding';
import { sarifOf } from '../../../src/checks/sarif';

const LINE = '{"id":"a-1","messages":[{"role":"user","content":"A \\u00e9quipe?"}]}';

function finding(more: Partial<Finding> = {}): Finding {
  const start = LINE.indexOf('\\u00e9');
  return {
    ...{ rule: 'variety/lexical', severity: 'warning', file: 'dados/a b.jsonl', line: 3, id: 'a-1' },
    ...{ message: 'Outra palavra.', field: 'messages[0].content', start, end: start + 11 },
    textRange: { start: 2, end: 8 },
    fix: {
      title: 'Escrever «equipa»',
      edits: [{ path: ['messages', 0, 'content'], start: 2, end: 8, text: 'equipa' }],
    },
    ...more,
  };
}

interface Sarif {
  readonly $schema: string;
  readonly version: string;
  readonly runs: readonly {
    readonly tool: { readonly driver: { readonly name: string; readonly rules: readonly Rule[] } };
    readonly columnKind: string;
    readonly results: readonly Result[];
  }[];
}
interface Rule {
  readonly id: string;
  readonly shortDescription: { readonly text: string };
  readonly help: { readonly text: string };
  readonly defaultConfiguration: { readonly level: string };
}
interface Region {
  readonly startLine: number;
  readonly startColumn: number;
  readonly endLine: number;
  readonly endColumn: number;
}
interface Result {
  readonly ruleId: string;
  readonly ruleIndex: number;
  readonly level: string;
  readonly message: { readonly text: string };
  readonly locations: readonly {
    readonly physicalLocation: {
      readonly artifactLocation: { readonly uri: string; readonly uriBaseId: string };
      readonly region: Region;
    };
    readonly logicalLocations?: readonly { readonly fullyQualifiedName: string }[];
  }[];
  readonly partialFingerprints: Readonly<Record<string, string>>;
  readonly fixes?: readonly {
    readonly description: { readonly text: string };
    readonly artifactChanges: readonly {
      readonly replacements: readonly {
        readonly deletedRegion: Region;
        readonly insertedContent: { readonly text: string };
      }[];
    }[];
  }[];
}

function sarif(findings: readonly Finding[]): Sarif {
  const options = { version: '1.2.3', language: 'pt', folder: '/tmp/projeto', lineOf: () => LINE };
  return sarifOf(findings, options) as Sarif;
}

describe('Findings as SARIF', () => {
  it('have what the format asks for: version, tool, rules with help, places with exact columns', () => {
    const { version, $schema, runs } = sarif([
      finding(),
      finding({ rule: 'schema/json', severity: 'error', id: null, field: null }),
    ]);
    assert.equal(version, '2.1.0');
    assert.match($schema, /sarif-2\.1\.0/);
    const [run] = runs;
    assert.equal(run?.tool.driver.name, 'Afina');
    assert.equal(run.columnKind, 'utf16CodeUnits');
    assert.deepEqual(
      run.tool.driver.rules.map(({ id, defaultConfiguration: { level } }) => [id, level]),
      [
        ['schema/json', 'error'],
        ['variety/lexical', 'warning'],
      ],
    );
    for (const { shortDescription, help } of run.tool.driver.rules) {
      assert.ok(shortDescription.text !== '' && help.text.length > shortDescription.text.length);
    }
    const [first, second] = run.results;
    assert.equal(run.tool.driver.rules[first?.ruleIndex ?? -1]?.id, first?.ruleId);
    assert.equal(first?.level, 'warning');
    assert.equal(second?.level, 'error');
    const [{ physicalLocation, logicalLocations }] = first.locations as [Result['locations'][0]];
    assert.deepEqual(physicalLocation.artifactLocation, { uri: 'dados/a%20b.jsonl', uriBaseId: '%SRCROOT%' });
    const { startLine, startColumn, endColumn } = physicalLocation.region;
    assert.equal(startLine, 3);
    assert.equal(LINE.slice(startColumn - 1, endColumn - 1), '\\u00e9quipe');
    assert.equal(logicalLocations?.[0]?.fullyQualifiedName, 'a-1/messages[0].content');
    assert.equal(second.locations[0]?.logicalLocations, undefined);
  });

  it('tell a fix in the columns of the line, and none that does not fit it', () => {
    const fix = sarif([finding()]).runs[0]?.results[0]?.fixes?.[0];
    assert.equal(fix?.description.text, 'Escrever «equipa»');
    const [change] = fix.artifactChanges[0]?.replacements ?? [];
    assert.equal(change?.insertedContent.text, 'equipa');
    const { startColumn, endColumn } = change.deletedRegion;
    assert.equal(LINE.slice(startColumn - 1, endColumn - 1), '\\u00e9quipe');
    const elsewhere = { title: 'x', edits: [{ path: ['id'], start: 0, end: 900, text: '' }] };
    assert.equal(sarif([finding({ fix: elsewhere })]).runs[0]?.results[0]?.fixes, undefined);
  });

  it('keep their fingerprints when lines are added above, and have one each', () => {
    const prints = (findings: readonly Finding[]): string[] =>
      sarif(findings).runs[0]?.results.flatMap((each) => Object.values(each.partialFingerprints)) ?? [];
    const before = prints([finding(), finding({ start: 1 })]);
    assert.equal(new Set(before).size, 2);
    assert.deepEqual(prints([finding({ line: 40 }), finding({ line: 40, start: 1 })]), before);
    assert.notDeepEqual(prints([finding({ id: 'a-2' })]), before.slice(0, 1));
  });

  it('name files below and beside the folder by relative addresses', () => {
    const uris = sarif([
      finding({ file: '/tmp/projeto/datasets/ç.jsonl' }),
      finding({ file: '/tmp/outro/b.jsonl' }),
    ]).runs[0]?.results.map(({ locations }) => locations[0]?.physicalLocation.artifactLocation.uri);
    assert.deepEqual(uris, ['datasets/%C3%A7.jsonl', '../outro/b.jsonl']);
  });
});
