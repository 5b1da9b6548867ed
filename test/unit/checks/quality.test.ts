import { strict as assert } from 'node:assert';
import { checkRows } from '../../../src/checks/checkFile';
import type { Finding } from '../../../src/checks/finding';
import { qualityRules } from '../../../src/checks/quality';
import { accuracy } from '../../bench/accuracy/quality';
import { familyFindings, plantedFaults } from './families';

const quality = async (question: string, answer: string, meta: object = {}): Promise<Finding[]> => {
  const record = {
    id: 'a',
    messages: [
      { role: 'user', content: question },
      { role: 'assistant', content: answer },
    ],
    meta,
  };
  const findings = await checkRows('a.jsonl', [{ line: 1, text: JSON.stringify(record) }], {});
  return findings.filter(({ rule }) => /^(?:quality|schema)\//.test(rule));
};
const rules = async (...texts: Parameters<typeof quality>): Promise<string[]> =>
  (await quality(...texts)).map(({ rule, severity }) => `${rule} ${severity}`);

/** The answer after the fixes of its findings. */
async function fixed(question: string, answer: string): Promise<string> {
  const edits = (await quality(question, answer)).flatMap(({ fix }) => fix?.edits ?? []);
  return edits
    .sort((a, b) => b.start - a.start)
    .reduce((text, { start, end, text: by }) => text.slice(0, start) + by + text.slice(end), answer);
}

const QUESTION = 'Que direitos tem o passageiro quando o navio parte com atraso?';
const ANSWER = 'Tem direito a informação, a assistência e, em certos casos, ao reembolso do bilhete.';

describe('quality', () => {
  it('finds every planted fault, and nothing else in these records', async () => {
    const planted = plantedFaults('quality');
    for (const rule of Object.keys(qualityRules.rules)) {
      assert.ok(planted.filter((each) => each.rule === rule).length >= 15, rule);
    }
    const findings = await familyFindings('quality', 'faulty.jsonl');
    assert.deepEqual(
      [...new Set(findings.map(({ line, rule, field }) => `${line} ${rule} ${field}`))],
      planted.map(({ line, rule, field }) => `${line} ${rule} ${field}`),
    );
  });

  it('finds nothing in their clean twins, nor in texts that only look faulty', async () => {
    assert.deepEqual(await familyFindings('quality', 'clean.jsonl'), []);
    assert.deepEqual(await familyFindings('quality', 'good.jsonl'), []);
  });

  it('holds on records that it was not tuned on', async () => {
    for (const { rule, planted, found, wrong } of await accuracy()) {
      assert.ok(
        found / (found + wrong) >= 0.95 && found / planted >= 0.8,
        `${rule}: ${found} of ${planted}, ${wrong} wrong`,
      );
    }
  });

  it('says of an empty text one thing, of a draft more softly', async () => {
    assert.deepEqual(await rules(QUESTION, ' \n'), ['schema/empty-turn error']);
    assert.deepEqual(await rules(QUESTION, '…'), ['quality/empty error']);
    assert.deepEqual(await rules(QUESTION, '<br>', { status: 'draft' }), ['quality/empty warning']);
    assert.deepEqual(await rules('Quanto é 6 × 7?', '42'), []);
  });

  it('repairs what was read with the wrong encoding, twice too', async () => {
    const latin = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');
    const text = 'A ação não é «nula» à luz da lei; º e ª também, conforme o artigo 2.º da lei.';
    assert.equal(await fixed(QUESTION, latin(text)), text);
    assert.equal(await fixed(QUESTION, latin(latin(text))), text);
    assert.equal(
      await fixed(QUESTION, 'Ficou â€œassimâ€\u009d â€“ sem euros (â‚¬).'),
      'Ficou “assim” – sem euros (€).',
    );
    assert.equal((await quality(QUESTION, 'A a\ufffd\ufffdo é nula.'))[0]?.fix, undefined);
    assert.deepEqual(await rules(QUESTION, 'Disse-o a «IRMÃ» de todos, AMANHÃ… e em toda a parte.'), []);
  });

  it('takes a repeated question away, where an answer follows', async () => {
    assert.equal(await fixed(QUESTION, `${QUESTION}\n\n${ANSWER}`), ANSWER);
    assert.deepEqual((await quality(QUESTION, QUESTION))[0]?.fix, undefined);
    assert.deepEqual(await rules(QUESTION, `«${QUESTION}» ${ANSWER}`), []);
    assert.deepEqual(
      await rules(
        'Repete a frase: o navio partiu com duas horas de atraso.',
        'O navio partiu com duas horas de atraso.',
      ),
      [],
    );
    assert.deepEqual(await rules('O que é?', 'O que é isso? Depende do que se pergunta.'), []);
  });

  it('leaves the blanks of a draft that was asked for, and no others', async () => {
    const letter = 'Exmo. Senhor,\n\nComunico a V. Exa. a denúncia do contrato em [data].';
    assert.deepEqual(await rules('Redige uma carta de denúncia.', letter), []);
    assert.deepEqual(await rules('Quando acabou o contrato?', letter), ['quality/placeholder warning']);
    assert.deepEqual(await rules('Redige uma carta de denúncia.', `${letter}\n[inserir assinatura]`), [
      'quality/placeholder info',
    ]);
  });

  it('lets the worse answer of a preference break off', async () => {
    const record = { id: 'a', prompt: QUESTION, chosen: ANSWER, rejected: `${ANSWER.slice(0, 50)} e` };
    const findings = await checkRows('a.jsonl', [{ line: 1, text: JSON.stringify(record) }], {});
    assert.deepEqual(
      findings.filter(({ rule }) => rule.startsWith('quality/')),
      [],
    );
  });
});
