import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import { conversation, textOf, turnsOf } from '../../../src/features/chat/conversation';
import { exchangesOf, talkOf } from '../../../src/features/chat/exchange';
import { describeAnswerer, idOf } from '../../../src/features/chat/modelDescription';
import type { AnsweringModel } from '../../../src/features/chat/modelDescription';
import { requestOptions } from '../../../src/features/chat/requestSampling';
import { UserError } from '../../../src/protocol/errors';

const USER = 1;
const ASSISTANT = 2;
const SYSTEM = 3;

const say = (role: number, ...texts: string[]): { role: number; content: unknown[] } => ({
  role,
  content: texts.map((value) => ({ value })),
});
const isUserError =
  (code: string) =>
  (error: unknown): boolean =>
    error instanceof UserError && error.code === code;

describe('messages of VS Code’s chat as turns of a chat template', () => {
  it('joins messages of one role, and what an extension instructs with the question behind it', () => {
    assert.deepEqual(
      turnsOf([
        say(USER, 'Responde em duas frases.'),
        say(USER, 'O que é', ' o frete?'),
        say(ASSISTANT, 'O preço.'),
        say(USER, 'E a estadia?'),
      ]),
      [
        { role: 'user', content: 'Responde em duas frases.\n\nO que é o frete?' },
        { role: 'assistant', content: 'O preço.' },
        { role: 'user', content: 'E a estadia?' },
      ],
    );
  });

  it('says the domain’s instructions where no message instructs, and only there', () => {
    const roles = (system: string, ...messages: ReturnType<typeof say>[]): string[] =>
      turnsOf(messages, system).map(({ role, content }) => `${role}: ${content}`);
    assert.deepEqual(roles(' Sê breve. ', say(USER, 'Olá')), ['system: Sê breve.', 'user: Olá']);
    assert.deepEqual(roles('Sê breve.', say(SYSTEM, 'Sê longo.'), say(USER, 'Olá')), [
      'system: Sê longo.',
      'user: Olá',
    ]);
    assert.deepEqual(roles('', say(USER, 'Olá')), ['user: Olá']);
  });

  it('leaves out a greeting of the assistant, which templates refuse, and messages without text', () => {
    assert.deepEqual(turnsOf([say(ASSISTANT, 'Bom dia!'), say(USER, ' '), say(USER, 'Olá')]), [
      { role: 'user', content: 'Olá' },
    ]);
  });

  it('refuses a conversation without a question, and pictures', () => {
    const noQuestion = isUserError('chat/no-question');
    assert.throws(() => turnsOf([]), noQuestion);
    assert.throws(() => turnsOf([say(USER, 'Olá'), say(ASSISTANT, 'Bom dia')]), noQuestion);
    assert.throws(() => conversation('', [{ role: 'assistant', content: 'Bom dia' }]), noQuestion);
    const picture = { mimeType: 'image/png', data: new Uint8Array([1]) };
    assert.throws(() => textOf([picture]), isUserError('chat/not-text'));
  });

  it('reads texts in results of tools and in data, and passes over everything else', () => {
    const data = { mimeType: 'application/json', data: Buffer.from('{"é":1}') };
    const result = { callId: '1', content: [{ value: 'artigo 3.º' }, data] };
    const others = [
      null,
      7,
      { callId: '1', name: 'x', input: {} },
      { mimeType: 'cache_control', data: new Uint8Array(2) },
    ];
    assert.equal(textOf([{ value: 'a ' }, result, ...others]), 'a artigo 3.º{"é":1}');
  });

  it('gives what every template takes, whatever comes', () => {
    const message = fc.record({
      role: fc.constantFrom(USER, ASSISTANT, SYSTEM),
      content: fc.array(fc.record({ value: fc.string() }), { maxLength: 3 }),
    });
    fc.assert(
      fc.property(fc.array(message, { maxLength: 8 }), fc.string(), (messages, system) => {
        let turns;
        try {
          turns = turnsOf(messages, system);
        } catch (error) {
          return isUserError('chat/no-question')(error);
        }
        const talk = turns[0]?.role === 'system' ? turns.slice(1) : turns;
        return (
          talk.length % 2 === 1 &&
          talk.every(({ role }, at) => role === (at % 2 === 0 ? 'user' : 'assistant')) &&
          turns.every(({ content }) => content.trim() !== '')
        );
      }),
      { seed: 1, numRuns: 500 },
    );
  });
});

describe('the local models as language models', () => {
  const model: AnsweringModel = {
    root: '/casa/direito',
    projectTitle: 'Direito',
    model: 'tiny',
    run: 'r-1',
    title: 'ensaio · 1 jan',
    architecture: 'llama',
    quantisation: 'Q4_1',
    context: 2048,
  };
  const words = { base: 'base', tuned: 'tuned' };
  const roots = [model.root];

  it('tells models and runs apart, and projects whose folders have one name', () => {
    const base = { ...model, run: null };
    assert.equal(idOf(base, roots), 'direito/tiny');
    assert.equal(idOf(model, roots), 'direito/tiny@r-1');
    const both = [model.root, '/outra/direito'];
    const ids = both.map((root) => idOf({ ...model, root }, both));
    assert.equal(new Set(ids).size, 2);
    for (const id of ids) assert.match(id, /^direito-[0-9a-f]{6}\/tiny@r-1$/);
  });

  it('shares the context between question and answer', () => {
    const limits = (context: number, maxTokens: number): number[] => {
      const { maxInputTokens, maxOutputTokens } = describeAnswerer(
        { ...model, context },
        { roots, maxTokens, words },
      );
      return [maxInputTokens, maxOutputTokens];
    };
    assert.deepEqual(limits(2048, 1024), [1024, 1024]);
    assert.deepEqual(limits(8192, 1024), [7168, 1024]);
    assert.deepEqual(limits(512, 1024), [256, 256]);
    assert.deepEqual(limits(1, 1024), [1, 1]);
  });

  it('says who it is, and that it calls no tools', () => {
    const { name, family, version, detail, capabilities } = describeAnswerer(model, {
      roots,
      maxTokens: 64,
      words,
    });
    assert.deepEqual([name, family, version, detail], ['Afina: ensaio · 1 jan', 'llama', 'r-1', 'tuned']);
    assert.deepEqual(capabilities, { toolCalling: false, imageInput: false });
    assert.equal(describeAnswerer({ ...model, run: null }, { roots, maxTokens: 64, words }).version, 'base');
  });
});

describe('options of a request to a language model', () => {
  it('are read under each of their names, and clamped to the longest answer', () => {
    assert.deepEqual(
      requestOptions({ temperature: 0.7, top_p: 0.9, topK: 10, seed: 3, max_tokens: 20 }, 100),
      {
        sampling: { temperature: 0.7, topP: 0.9, topK: 10, seed: 3, maxTokens: 20 },
        system: undefined,
      },
    );
    assert.deepEqual(requestOptions({ maxTokens: 1000, system: '' }, 100), {
      sampling: { maxTokens: 100 },
      system: '',
    });
  });

  it('are passed over where they are nothing that a model takes', () => {
    for (const options of [
      undefined,
      null,
      'x',
      [],
      { temperature: 'hot', topP: 7, seed: 1.5, maxTokens: NaN, system: 3 },
    ])
      assert.deepEqual(requestOptions(options, 100), { sampling: { maxTokens: 100 }, system: undefined });
  });
});

describe('a conversation with @afina', () => {
  const base = { model: 'tiny', run: null };
  const tuned = { model: 'tiny', run: 'r-1' };
  const first = {
    root: '/p',
    question: 'Um?',
    answers: [
      { ...base, text: 'base 1' },
      { ...tuned, text: ' afinado 1 ' },
    ],
  };
  const second = { root: '/p', question: 'Dois?', answers: [{ ...tuned, text: 'afinado 2' }] };

  it('is remembered by each model as its own, with the others’ answers where it gave none', () => {
    const said = (who: typeof base | typeof tuned): string[] =>
      talkOf([first, second], who).map(({ content }) => content);
    assert.deepEqual(said(base), ['Um?', 'base 1', 'Dois?', 'afinado 2']);
    assert.deepEqual(said(tuned), ['Um?', 'afinado 1', 'Dois?', 'afinado 2']);
  });

  it('leaves out what nobody answered, and what is not ours', () => {
    const empty = { root: '/p', question: 'Três?', answers: [{ ...base, text: ' ' }] };
    assert.deepEqual(talkOf([empty], base), []);
    assert.deepEqual(exchangesOf([undefined, { other: 1 }, { ...first, answers: [] }, second]), [second]);
  });
});
