import { strict as assert } from 'node:assert';
import { accuracy, plantedStructure, structureFindings } from '../../bench/accuracy/structure';
import { familyFindings, plantedFaults } from './families';

describe('records as such', function () {
  this.timeout(60_000);

  it('have every planted fault found, each where it is, and no other', async () => {
    const { faulty, planted } = plantedStructure();
    const found = await structureFindings(faulty);
    const key = ({ line, rule }: { line: number; rule: string }): string => `${line} ${rule}`;
    // A fault may break two rules, such as a turn without a role.
    const wanted = new Map(planted.map((one) => [one.line, one.rule]));
    const missing = planted.filter((one) => !found.some((finding) => key(finding) === key(one)));
    assert.deepEqual(missing, []);
    assert.deepEqual(found.filter(({ line }) => !wanted.has(line)).map(key), []);
    for (const rule of new Set(planted.map((one) => one.rule)))
      assert.ok(planted.filter((one) => one.rule === rule).length >= 15, rule);
  });

  it('have nothing said of their clean twins', async () => {
    const { clean } = plantedStructure();
    assert.deepEqual(await structureFindings(clean), []);
  });

  it('in other languages are all found, and none in Portuguese that speaks of them', async () => {
    const found = await familyFindings('quality', 'faulty.jsonl', 'language');
    assert.deepEqual(
      found.map(({ line, rule, field }) => ({ line, rule, field })),
      plantedFaults('language'),
    );
    assert.ok(found.length >= 15);
    assert.deepEqual(await familyFindings('quality', 'clean.jsonl', 'language'), []);
  });

  it('are told apart without a miss or a false alarm', async () => {
    for (const row of await accuracy())
      assert.deepEqual({ ...row, found: row.planted, wrong: 0 }, row, row.rule);
  });
});
