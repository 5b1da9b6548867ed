import { strict as assert } from 'node:assert';
import { matchPatterns } from '../../../src/adapter/patterns';
import { UserError } from '../../../src/protocol/errors';

const modules = [
  'model.layers.0.self_attn.q_proj',
  'model.layers.1.self_attn.q_proj',
  'model.layers.10.self_attn.q_proj',
  'model.layers.0.mlp.down_proj',
];

// What PEFT 0.21's get_pattern_key gives in Python for the same patterns and modules.
const cases: Record<string, readonly [Record<string, number>, readonly (number | undefined)[]]> = {
  'a module name, at a dot only': [{ q_proj: 8, proj: 1 }, [8, 8, 8, undefined]],
  'the whole name': [{ 'model.layers.0.mlp.down_proj': 2 }, [undefined, undefined, undefined, 2]],
  'a suffix with a layer': [{ 'layers.1.self_attn.q_proj': 3 }, [undefined, 3, undefined, undefined]],
  'an anchor': [
    { '^layers.0.mlp.down_proj': 5, '^model.layers.0.mlp.down_proj': 6 },
    [undefined, undefined, undefined, 6],
  ],
  'the first that matches': [{ '.*layers\\.1.*': 9, q_proj: 4 }, [4, 9, 9, undefined]],
  'an alternative': [{ 'q_proj|down_proj': 7 }, [7, 7, 7, 7]],
  'Python’s named groups and anchors': [
    { '(?P<part>mlp|attn)\\.down_proj\\Z': 1 },
    [undefined, undefined, undefined, 1],
  ],
  'a dot that is any character': [{ 'self_attn.q.proj': 2 }, [2, 2, 2, undefined]],
};

describe('matchPatterns', () => {
  for (const [what, [patterns, expected]] of Object.entries(cases)) {
    it(`matches ${what}`, () => {
      assert.deepEqual(matchPatterns(patterns, modules, 'adapter_config.json'), expected);
    });
  }

  it('refuses what is no pattern, and one that never ends', function () {
    this.timeout(20_000);
    for (const pattern of ['(', '(?i:q_proj', '(([a-z._0-9])+)+!']) {
      const started = performance.now();
      assert.throws(
        () => matchPatterns({ [pattern]: 1 }, modules, 'adapter_config.json'),
        (error) => error instanceof UserError && error.code === 'adapter/pattern',
        pattern,
      );
      assert.ok(performance.now() - started < 10_000);
    }
  });
});
