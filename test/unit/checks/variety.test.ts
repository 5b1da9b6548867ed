import { strict as assert } from 'node:assert';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { checkFiles } from '../../../src/checks/checkFile';
import { lineOfText } from '../../../src/checks/checkRange';
import { languageRules } from '../../../src/checks/language';
import { DEFAULT_CONTEXT } from '../../../src/checks/rule';
import type { RecordRules, Report } from '../../../src/checks/rule';
import { varietyRules } from '../../../src/checks/variety';
import type { Variety } from '../../../src/portuguese/varieties';
import { accuracy } from '../../bench/accuracy/variety';
import { root } from '../repository/sources';

const fixtures = path.join(root, 'test/fixtures/checks/variety');

function reports(
  text: string,
  variety: Variety = 'pt-PT',
  family: RecordRules = varietyRules,
): Omit<Report, 'severity'>[] {
  const found: Omit<Report, 'severity'>[] = [];
  const messages = [
    { role: 'user', content: 'Sim?' },
    { role: 'assistant', content: text },
  ];
  family.check(lineOfText(JSON.stringify({ messages })), (report) => found.push(report), {
    ...DEFAULT_CONTEXT,
    variety,
  });
  return found;
}

/** What is marked, as it stands in the text. */
function marked(text: string, variety?: Variety): string[] {
  return reports(text, variety).map(({ textRange }) => text.slice(textRange?.start, textRange?.end));
}

/** The text with every fix applied. */
function fixed(text: string, variety?: Variety): string {
  const edits = reports(text, variety).flatMap(({ fix }) => fix?.edits ?? []);
  return [...edits]
    .sort((a, b) => b.start - a.start)
    .reduce((now, { start, end, text: put }) => now.slice(0, start) + put + now.slice(end), text);
}

describe('variety rules', () => {
  it('find every planted fault, and nothing in the clean twin', async () => {
    const rows = (await accuracy()).filter(({ rule }) => !rule.endsWith('(held back)'));
    assert.ok(rows.length > 0);
    for (const { rule, planted, found, wrong } of rows) {
      assert.deepEqual({ rule, found, wrong }, { rule, found: planted, wrong: 0 });
    }
  });

  it('put right what they can, and nothing else', async () => {
    const rows = JSON.parse(await readFile(path.join(fixtures, 'expected.json'), 'utf8')) as {
      id: string;
      fixed: string;
    }[];
    const wanted = new Map(rows.map((row) => [row.id, row.fixed]));
    const lines = (await readFile(path.join(fixtures, 'faulty.jsonl'), 'utf8')).trim().split('\n');
    let put = 0;
    for (const line of lines) {
      const { id, messages } = JSON.parse(line) as { id: string; messages: { content: string }[] };
      const text = messages[1]?.content ?? '';
      const result = fixed(text);
      if (result === text) continue;
      put++;
      assert.equal(result, wanted.get(id));
    }
    assert.ok(put > lines.length * 0.9, `${put} of ${lines.length}`);
  });

  it('say nothing of nine thousand words of maritime law in European Portuguese', async () => {
    const { findings } = await checkFiles([path.join(root, 'media/sample/datasets/direito-maritimo.jsonl')], {
      workers: 0,
    });
    assert.deepEqual(
      findings.filter(({ rule }) => rule.startsWith('variety/') || rule === 'quality/language'),
      [],
    );
  });

  it('keep capitals and inflection in a fix', () => {
    assert.equal(
      fixed('EQUIPE de vigia. Equipes novas registraram-se.'),
      'EQUIPA de vigia. Equipas novas registaram-se.',
    );
    assert.equal(fixed('Planejaríamos a viagem.'), 'Planearíamos a viagem.');
    assert.equal(fixed('Eu planejo a viagem.'), 'Eu planeio a viagem.');
    assert.equal(fixed('Pago em dia, o réu está devendo pouco.'), 'Pago em dia, o réu está a dever pouco.');
  });

  it('leave quotations, names, code and addresses alone', () => {
    for (const text of [
      'Escreveu «a equipe registrou o fato gerador» na ata.',
      'Escreveu "a equipe registrou o contato" na ata.',
      'A sociedade Equipe Registro Lda. contestou.',
      'O senhor Antônio Usuário foi ouvido.',
      '> A equipe está aguardando o ônibus.',
      'Corra `registrar --usuário` primeiro, ou veja https://exemplo.pt/usuário/ônibus hoje.',
      'A lei brasileira prevê o registro público da indenização no Brasil.',
    ]) {
      assert.deepEqual(marked(text), [], text);
    }
  });

  it('leave words alone that both varieties have', () => {
    for (const text of [
      'O facto, o contacto, o pacto e a opção mantêm-se; a ficção e a evicção também.',
      'Vestia um fato de banho e um fato escuro, e comprou um fato de macaco.',
      'Qualquer sociedade que o controle responde pelas dívidas.',
      'O navio ficou com o trem de cozinha e o avião sem trem de aterragem.',
      'A biologia celular estuda a divisão celular.',
      'Chegou em janeiro, em boa hora e em segundo lugar.',
      'Findo o prazo, está findo o processo, e estava lá, esperando.',
      'Se trata de uma criança, o juiz ouve-a, porque a lei o impõe.',
      'Toda a gente sabe que vocês têm razão.',
      'A fêmea e o estômago, a câmara e o cônjuge.',
    ]) {
      assert.deepEqual(marked(text), [], text);
    }
  });

  it('look the other way in a Brazilian project', () => {
    assert.deepEqual(marked('A equipa registou o contacto e está a planear a viagem económica.', 'pt-BR'), [
      'equipa',
      'registou',
      'contacto',
      'está a planear',
      'económica',
    ]);
    assert.deepEqual(marked('A equipe registrou o fato e está planejando o aspecto econômico.', 'pt-BR'), []);
  });

  it('take the European norm for Angola and Mozambique, with their own words and spelling', () => {
    const text =
      'A machamba do kandongueiro fica junto ao musseque; o chapa e a maka, bué de gente. A acção do respectivo soba.';
    assert.deepEqual(marked(text, 'pt-AO'), []);
    assert.deepEqual(marked(text, 'pt-MZ'), []);
    assert.deepEqual(marked('O ônibus e o usuário.', 'pt-MZ'), ['ônibus', 'usuário']);
  });

  it('make one finding of a text that is wholly in the old spelling', () => {
    const text = 'A acção, o objecto, a direcção e o projecto são actos distintos.';
    assert.deepEqual(marked(text), ['acção']);
    assert.equal(fixed(text), 'A ação, o objeto, a direção e o projeto são atos distintos.');
  });
});

describe('quality/language', () => {
  const language = (text: string): number => reports(text, 'pt-PT', languageRules).length;

  it('finds whole texts and paragraphs in another language', () => {
    const english =
      'The carrier shall be liable for the loss of or damage to the goods if the event took place while they were in his charge.';
    const spanish =
      'El porteador responde de los daños que sufran las mercancías desde que las recibe hasta que las entrega, y también del retraso en la entrega.';
    const french =
      'Le transporteur est responsable des pertes et des dommages subis par les marchandises dans les cas prévus par la convention et par cette loi.';
    for (const text of [english, spanish, french]) {
      assert.equal(language(text), 1, text);
      assert.equal(language(`O transportador responde pelos danos da carga.\n\n${text}`), 1);
      assert.equal(language(`O tribunal citou a cláusula em vigor: «${text}»`), 0);
    }
  });

  it('lets Portuguese, Latin phrases, titles and code be', () => {
    for (const text of [
      'Se mexer demais, perde a organização, a coordenação e a preparação para a audiência, se a houver.',
      'O princípio nemo plus iuris ad alium transferre potest quam ipse habet vale também para o navio e para a carga.',
      'Cláusulas «said to contain» e «shipped on board» são correntes no conhecimento de carga.',
      'The Hague-Visby Rules',
      '```\nif this is not the end of the loop then return to the start of it and do that again\n```',
    ]) {
      assert.equal(language(text), 0, text);
    }
  });
});
