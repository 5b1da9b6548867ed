import { strict as assert } from 'node:assert';
import { piiRules } from '../../../src/checks/pii';
import { familyFindings, plantedFaults } from './families';

describe('pii', () => {
  it('finds every planted identifier, exactly, and nothing else', async () => {
    const planted = plantedFaults('pii');
    for (const rule of Object.keys(piiRules.rules)) {
      assert.ok(planted.filter((each) => each.rule === rule).length >= 15, rule);
    }
    const findings = await familyFindings('pii', 'faulty.jsonl');
    assert.deepEqual(
      findings.map(({ line, rule, field, marked }) => ({ line, rule, field, text: marked })),
      planted,
    );
  });

  it('finds nothing in the same texts with pseudonyms', async () => {
    assert.deepEqual(await familyFindings('pii', 'clean.jsonl'), []);
  });

  it('offers a pseudonym for exactly what it marks', async () => {
    for (const { fix, textRange } of await familyFindings('pii', 'faulty.jsonl')) {
      const [edit] = fix?.edits ?? [];
      assert.equal(fix?.edits.length, 1);
      assert.deepEqual({ start: edit?.start, end: edit?.end }, textRange);
    }
  });
});
