import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import { checkRows } from '../../../src/checks/checkFile';
import type { CheckOptions } from '../../../src/checks/checkFile';
import type { Finding } from '../../../src/checks/finding';
import { checkLine, checkedLine, lineOfText } from '../../../src/checks/checkRange';
import { DEFAULT_CONTEXT } from '../../../src/checks/rule';
import { trainableTurns } from '../../../src/dataset/record';

const user = { role: 'user', content: 'Pergunta' };
const assistant = { role: 'assistant', content: 'Resposta' };
const system = { role: 'system', content: 'És um jurista.' };

const check = (texts: string[], options: CheckOptions = {}): Promise<Finding[]> =>
  checkRows(
    'a.jsonl',
    texts.map((text, at) => ({ line: at + 1, text })),
    options,
  );

/** Rule, field and the text in the range, of every finding on one line. */
async function found(text: string, options?: CheckOptions): Promise<[string, string | null, string][]> {
  const findings = await check([text], options);
  return findings.map(({ rule, field, start, end }) => [rule, field, text.slice(start, end)]);
}

const withMessages = (messages: unknown, extra: object = {}): string =>
  JSON.stringify({ id: 'ção', ...extra, messages });

describe('rules of one record', () => {
  it('have nothing to say of a good record', async () => {
    assert.deepEqual(
      await found(
        withMessages([system, user, assistant, user, assistant], { meta: { status: 'approved', x: 1 } }),
      ),
      [],
    );
  });

  const cases: [string, string, [string, string | null, string][]][] = [
    ['broken JSON', '{"id":"a" "messages":[]}', [['schema/json', null, '"messages"']]],
    ['a cut-off line', '{"id":"a","mess', [['schema/json', null, '"mess']]],
    ['two records on a line', '{"id":"a"}{"id":"b"}', [['schema/json', null, '{']]],
    ['a list', '[1, 2]', [['schema/record', null, '[1, 2]']]],
    ['a word', '"a"', [['schema/record', null, '"a"']]],
    ['NUL', '{"id":\0"a"}', [['schema/encoding', null, '\0']]],
    ['no messages', '{"id":"ç"}', [['schema/messages', null, '{"id":"ç"}']]],
    ['messages of another kind', '{"id":"ç","messages":"x"}', [['schema/messages', 'messages', '"x"']]],
    ['no turns', withMessages([]), [['schema/messages', 'messages', '[]']]],
    [
      'no id',
      JSON.stringify({ messages: [user, assistant] }),
      [['schema/id', null, JSON.stringify({ messages: [user, assistant] })]],
    ],
    [
      'an id that is no text',
      JSON.stringify({ id: 7, messages: [user, assistant] }),
      [['schema/id', 'id', '7']],
    ],
    ['turns that are none', withMessages(['ç', user, assistant]), [['schema/turn', 'messages[0]', '"ç"']]],
    [
      'a turn without role',
      withMessages([{ content: 'é' }, assistant]),
      [['schema/turn', 'messages[0]', '{"content":"é"}']],
    ],
    [
      'a turn without content',
      withMessages([user, { role: 'assistant' }]),
      [['schema/turn', 'messages[1]', '{"role":"assistant"}']],
    ],
    [
      'content that is no text',
      withMessages([user, { role: 'assistant', content: ['a'] }]),
      [['schema/turn', 'messages[1].content', '["a"]']],
    ],
    [
      'an empty turn',
      withMessages([user, { role: 'assistant', content: ' \n' }]),
      [['schema/empty-turn', 'messages[1].content', '" \\n"']],
    ],
    [
      'another role',
      withMessages([user, { role: 'gpt', content: 'x' }]),
      [['schema/unknown-role', 'messages[1].role', '"gpt"']],
    ],
    [
      'a late system turn',
      withMessages([user, system, assistant]),
      [['schema/role-order', 'messages[1].role', '"system"']],
    ],
    [
      'an answer first',
      withMessages([assistant, user, assistant]),
      [['schema/role-order', 'messages[0].role', '"assistant"']],
    ],
    [
      'two questions',
      withMessages([user, user, assistant]),
      [['schema/role-order', 'messages[1].role', '"user"']],
    ],
    [
      'two answers',
      withMessages([user, assistant, assistant]),
      [['schema/role-order', 'messages[2].role', '"assistant"']],
    ],
    ['no answer', withMessages([system, user]), [['schema/role-order', 'messages[1].role', '"user"']]],
    [
      'an unknown state',
      withMessages([user, assistant], { meta: { status: 'aprovado' } }),
      [['schema/status', 'meta.status', '"aprovado"']],
    ],
    [
      'meta of another kind',
      withMessages([user, assistant], { meta: 'ç' }),
      [['schema/meta', 'meta', '"ç"']],
    ],
    [
      'half a character',
      withMessages([user, { role: 'assistant', content: 'x\ud83d' }]),
      [['schema/encoding', 'messages[1].content', '"x\\ud83d"']],
    ],
    [
      'the last of equal keys',
      '{"id":"a","messages":[],"messages":[ ]}',
      [['schema/messages', 'messages', '[ ]']],
    ],
  ];
  for (const [name, text, expected] of cases) {
    it(`point at ${name}`, async () => assert.deepEqual(await found(text), expected));
  }

  it('point at the first byte that is not UTF-8', () => {
    for (const [before, bad] of [
      ['{"id":"ação 😀 ', [0xe7, 0xe3]],
      ['é', [0xff]],
      ['', [0xc3]],
      ['x€', [0xed, 0xa0, 0x80]],
      ['x', [0xf0, 0x9f, 0x98]],
    ] as const) {
      const line = checkedLine(Buffer.concat([Buffer.from(before), Buffer.from(bad), Buffer.from('"}')]));
      const finding = checkLine(line, { file: 'a', line: 1 }, {}, DEFAULT_CONTEXT).find(
        ({ rule }) => rule === 'schema/encoding',
      );
      assert.equal(finding?.start, before.length, before);
    }
  });

  it('find a whole record, and only that, in a text that is not UTF-8', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 12 }), (bytes) => {
        const line = checkedLine(Buffer.from(bytes));
        const decoded = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
        let valid = true;
        try {
          new TextDecoder('utf-8', { fatal: true }).decode(bytes);
        } catch {
          valid = false;
        }
        assert.equal(line.invalidAt === undefined, valid);
        if (line.invalidAt !== undefined) assert.equal(decoded[line.invalidAt], '\uFFFD');
      }),
      { seed: 9, numRuns: 2000 },
    );
  });

  it('name the format of another tool', async () => {
    const examples: [object, RegExp][] = [
      [{ id: 1, data: { text: 'x' }, annotations: [] }, /Label Studio/],
      [{ text: 'x' }, /plain text/],
    ];
    for (const [record, name] of examples) {
      const finding = (await check([JSON.stringify(record)])).find(({ rule }) => rule === 'schema/messages');
      assert.match(finding?.message ?? '', name);
    }
    const [turn] = await check([withMessages([{ from: 'human', value: 'x' }, assistant])]);
    assert.match(turn!.message, /Rename "value"/);
  });

  it('check records of other formats in their own fields', async () => {
    const good = [
      {
        conversations: [
          { from: 'human', value: 'x' },
          { from: 'gpt', value: 'y' },
        ],
      },
      { instruction: 'x', input: '', output: 'y' },
      { prompt: 'x', completion: 'y' },
      { prompt: 'x', chosen: 'y', rejected: 'z' },
      { chosen: [user, assistant], rejected: [user, { role: 'assistant', content: 'pior' }] },
    ];
    for (const record of good) assert.deepEqual(await check([JSON.stringify({ id: 'a', ...record })]), []);
    const bad: [object, string, string | null][] = [
      [{ conversations: [{ from: 'human', value: 'x' }] }, 'schema/role-order', 'conversations[0]'],
      [{ conversations: [{ from: 'tool', value: 'x' }] }, 'schema/turn', 'conversations[0].from'],
      [{ conversations: [] }, 'schema/messages', null],
      [{ instruction: 'x', output: ' ' }, 'schema/empty-turn', 'output'],
      [{ instruction: 'x', output: 1 }, 'schema/turn', 'output'],
      [{ prompt: 'x\0', completion: 'y' }, 'schema/encoding', 'prompt'],
      [{ prompt: 'x', chosen: 'y', rejected: 'y ' }, 'schema/same-answers', 'rejected'],
      [{ chosen: [assistant], rejected: [user, assistant] }, 'schema/role-order', 'chosen[0]'],
    ];
    for (const [record, rule, field] of bad) {
      const found = await check([JSON.stringify({ id: 'a', ...record })]);
      assert.deepEqual(
        found.map((finding) => [finding.rule, finding.field]),
        [[rule, field]],
        JSON.stringify(record),
      );
    }
  });

  it('let a draft be unfinished', async () => {
    const empty = [user, { role: 'assistant', content: '' }];
    const severities = async (status: string): Promise<string[]> =>
      (await check([withMessages(empty, { meta: { status } })])).map(({ severity }) => severity);
    assert.deepEqual(await severities('draft'), ['warning']);
    assert.deepEqual(await severities('approved'), ['error']);
  });

  it('follow the settings and what the record says of itself', async () => {
    const text = withMessages([user, user, assistant], { meta: { status: 'odd' } });
    const rules = async (settings: CheckOptions['rules']): Promise<string[]> =>
      (await check([text], { rules: settings ?? {} }))
        .map(({ rule, severity }) => `${rule} ${severity}`)
        .sort();
    assert.deepEqual(await rules({}), ['schema/role-order error', 'schema/status warning']);
    assert.deepEqual(await rules({ 'schema/role-order': 'off', 'schema/status': 'error' }), [
      'schema/status error',
    ]);
    assert.deepEqual(await rules({ 'schema/*': 'off', 'schema/status': 'info' }), ['schema/status info']);
    const ignoring = withMessages([user, user, assistant], {
      meta: { status: 'odd', ignore: ['schema/role-order', 3] },
    });
    assert.deepEqual(
      (await check([ignoring])).map(({ rule }) => rule),
      ['schema/status'],
    );
    assert.deepEqual(await check([withMessages([user, user], { meta: { ignore: ['schema/*'] } })]), []);
  });

  it('let pass what can be trained and nothing else', () => {
    const part = fc.constantFrom<unknown>(
      'user',
      'assistant',
      'system',
      'gpt',
      7,
      '',
      ' ',
      'text',
      undefined,
      '\ud800',
      'a\0',
    );
    const turn = fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom<unknown>(user, assistant, user, assistant, system) },
      { weight: 1, arbitrary: fc.record({ role: part, content: part }) },
      { weight: 1, arbitrary: fc.constantFrom<unknown>(null, [], 'x') },
    );
    let good = 0;
    fc.assert(
      fc.property(
        fc.oneof({ weight: 20, arbitrary: fc.array(turn, { maxLength: 5 }) }, fc.constant({})),
        (messages) => {
          const line = lineOfText(JSON.stringify({ id: 'a', messages }));
          const errors = checkLine(line, { file: 'a', line: 1 }, {}, DEFAULT_CONTEXT).filter(
            ({ severity }) => severity === 'error',
          );
          const trainable = trainableTurns((line.value as { messages: unknown }).messages) !== undefined;
          if (trainable) good++;
          assert.equal(trainable, errors.length === 0, JSON.stringify(errors));
        },
      ),
      { seed: 10, numRuns: 3000 },
    );
    assert.ok(good > 40, String(good));
  });

  it('never fail and never point outside the line, whatever it holds', async () => {
    const values = fc.oneof(
      fc.json({ maxDepth: 3 }),
      fc.string({ unit: 'binary' }),
      fc.record({ id: fc.anything(), messages: fc.array(fc.anything()), meta: fc.anything() }).map((each) => {
        try {
          return JSON.stringify(each);
        } catch {
          return '{}';
        }
      }),
      fc.constantFrom(
        '['.repeat(50_000),
        `{"id":"a","messages":${'['.repeat(9000)}${']'.repeat(9000)}}`,
        '{"__proto__":{"messages":[]}}',
      ),
    );
    await fc.assert(
      fc.asyncProperty(values, async (text) => {
        for (const finding of await check([text], { maxTokens: 1 })) {
          assert.ok(
            finding.start >= 0 && finding.start <= finding.end && finding.end <= text.length,
            JSON.stringify(finding),
          );
          assert.ok(finding.message.length > 10);
        }
      }),
      { seed: 11, numRuns: 500 },
    );
  }).timeout(20_000);
});

describe('rules that compare records', () => {
  it('name both lines of an id used twice', async () => {
    const other = withMessages([{ role: 'user', content: 'Outra' }, assistant]);
    const [finding, ...rest] = await check([withMessages([user, assistant]), '{"id":', other]).then((all) =>
      all.filter(({ rule }) => rule === 'schema/duplicate-id'),
    );
    assert.deepEqual(rest, []);
    assert.equal(finding?.line, 3);
    assert.equal(other.slice(finding.start, finding.end), '"ção"');
    assert.match(finding.message, /"ção" is in lines 1 and 3/);
  });

  it('see through white space and composition, not through case or roles', async () => {
    const record = (id: string, question: string, role = 'user'): string =>
      JSON.stringify({ id, messages: [{ role, content: question }, assistant], meta: { topic: id } });
    const twins = async (a: string, b: string): Promise<number> =>
      (await check([a, b])).filter(({ rule }) => rule === 'duplicate/exact').length;
    assert.equal(await twins(record('a', 'ação  civil\n'), record('b', 'ac\u0327a\u0303o civil')), 1);
    assert.equal(await twins(record('a', 'Ação'), record('b', 'ação')), 0);
    assert.equal(await twins(record('a', 'x'), record('b', 'x', 'system')), 0);
    const empty = withMessages(
      [
        { role: 'user', content: '' },
        { role: 'assistant', content: '' },
      ],
      { meta: { status: 'draft' } },
    );
    assert.equal(await twins(empty, empty), 0);
    const [finding] = (await check([record('first', 'x'), record('b', 'x')])).filter(
      ({ rule }) => rule === 'duplicate/exact',
    );
    assert.match(finding!.message, /line 1 \(id first\)/);
    assert.equal(finding!.field, 'messages');
  });
});

describe('length/tokens', () => {
  const long = withMessages([user, { role: 'assistant', content: `${'palavra '.repeat(100)}final.` }]);
  const short = withMessages([user, assistant], { id: 'b' });

  it('counts only records that could be too long', async () => {
    const counted: number[] = [];
    const counter = {
      count: (conversations: { content: string }[][]) => {
        counted.push(conversations.length);
        return Promise.resolve(conversations.map(() => 301));
      },
    };
    const findings = await check([short, long], {
      maxTokens: 300,
      counter,
      rules: { 'duplicate/near': 'off' },
    });
    assert.deepEqual(counted, [1]);
    assert.deepEqual(
      findings.map(({ rule, line, field }) => [rule, line, field]),
      [['length/tokens', 2, 'messages']],
    );
    assert.match(findings[0]!.message, /301 tokens/);
    assert.deepEqual(await check([long], { maxTokens: 301, counter }), []);
    assert.deepEqual(await check([long], { maxTokens: 300, counter, rules: { 'length/tokens': 'off' } }), []);
    assert.equal(counted.length, 2, 'a rule that is off counts nothing');
  });
});
