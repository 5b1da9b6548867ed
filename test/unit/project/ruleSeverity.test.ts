import assert from 'node:assert/strict';
import { parse } from 'yaml';
import { setRuleSeverity } from '../../../src/project/ruleSeverity';

const RULE = 'variety/lexical';

describe('The severity of a rule in afina.yaml', () => {
  const cases: readonly (readonly [string, string, string])[] = [
    [
      'is replaced where it stands',
      'version: 1\nchecks:\n  rules:\n    variety/lexical: error # sempre\n    pii/*: warning\n',
      'version: 1\nchecks:\n  rules:\n    variety/lexical: off # sempre\n    pii/*: warning\n',
    ],
    [
      'is added to the others, with their indentation and comments',
      '# nosso\nchecks:\n    rules:\n        "pii/*": warning   # porquê\n\ndatasets: [a.jsonl]\n',
      '# nosso\nchecks:\n    rules:\n        "pii/*": warning   # porquê\n        variety/lexical: off\n\ndatasets: [a.jsonl]\n',
    ],
    [
      'is added to a list of rules in one line',
      'checks: { rules: { pii/nif: error }, maxTokens: 9 }\n',
      'checks: { rules: { pii/nif: error, variety/lexical: off }, maxTokens: 9 }\n',
    ],
    ['is the first of them', 'checks:\n  rules: {}\n', 'checks:\n  rules: {variety/lexical: off}\n'],
    [
      'makes the list of rules',
      'version: 1\nchecks:\n  maxTokens: 512   # curto\nvariety: pt-PT\n',
      'version: 1\nchecks:\n  maxTokens: 512   # curto\n  rules:\n    variety/lexical: off\nvariety: pt-PT\n',
    ],
    [
      'makes all of it, in a file without a last line end',
      'version: 1\nmodels:\n  a:\n    gguf: x.gguf',
      'version: 1\nmodels:\n  a:\n    gguf: x.gguf\nchecks:\n  rules:\n    variety/lexical: off\n',
    ],
    [
      'keeps the line ends of the file',
      'version: 1\r\nchecks:\r\n  rules:\r\n    pii/*: error\r\n',
      'version: 1\r\nchecks:\r\n  rules:\r\n    pii/*: error\r\n    variety/lexical: off\r\n',
    ],
    ['is written into an empty file', '', 'checks:\n  rules:\n    variety/lexical: off\n'],
  ];
  for (const [what, before, after] of cases) {
    it(what, () => assert.equal(setRuleSeverity(before, RULE, 'off'), after));
  }

  it('is written anew where there is no place for it, and keeps what else is there', () => {
    for (const before of ['checks: {maxTokens: 3}\n', '{version: 1}\n', 'a: &x {rules: {}}\nchecks: *x\n']) {
      const after = setRuleSeverity(before, RULE, 'off');
      if (after === undefined) continue;
      const { checks, ...rest } = parse(after) as { checks: { rules: Record<string, string> } };
      assert.equal(checks.rules[RULE], 'off', before);
      assert.ok(Object.keys(rest).length > 0 || Object.keys(checks).length > 1, after);
    }
  });

  it('is not written into what is no YAML', () => {
    assert.equal(setRuleSeverity('a: [', RULE, 'off'), undefined);
  });
});
