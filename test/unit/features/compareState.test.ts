import { strict as assert } from 'node:assert';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { compareStateOf } from '../../../src/features/compare/compareState';
import { compareState } from '../../../src/protocol/compareView';
import { ANA, answered, judge, newComparison, sessionOf } from '../evaluation/comparisonFiles';

describe('what a judge’s page is told', () => {
  it('fits its schema, and names neither model nor run nor who stands where', async () => {
    const comparison = await newComparison(2);
    const session = sessionOf(comparison, ANA, (_by, messages) =>
      Promise.resolve({ text: `${messages[0]?.content} ${session.progress.made}`, stop: 'maxTokens' }),
    );
    await answered(session);
    const state = compareStateOf(session, comparison.spec, ANA);
    assert.deepEqual(compareState.parse(state), state);
    assert.deepEqual([state.judge, state.total, state.judged, state.item?.position], ['Ana Silva', 2, 0, 1]);
    const left = session.item?.answers?.left.text;
    assert.deepEqual(state.item?.answers?.left, { text: left, cut: true });
    assert.doesNotMatch(JSON.stringify(state), /tiny|"r1"|"by"|"run"|"model"|"a"|"b"/i);
    await judge(session, 'a');
    await judge(session, 'b');
    assert.deepEqual(compareStateOf(session, comparison.spec, ANA).item, null);
    await rm(path.resolve(comparison.folder, '../../..'), { recursive: true });
  });
});
