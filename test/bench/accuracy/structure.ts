// What a record has to be, whatever it says: faults of every rule of the families schema, length and duplicate/exact,
// planted one a record into good ones. And records in other languages, as they are in a fixture.
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { checkFiles } from '../../../src/checks/checkFile';
import type { Finding } from '../../../src/checks/finding';
import { RuntimeClient } from '../../../src/runtime/client';
import { ROOT, paths } from '../../lab/paths.mjs';
import { withTemporary } from '../inputs';
import type { AccuracyRow } from './rows';

export interface Planted {
  /** From 1. */
  readonly line: number;
  readonly rule: string;
}

interface Rec {
  id: unknown;
  messages: unknown;
  meta?: unknown;
}

const FIXTURES = path.join(ROOT, 'test', 'fixtures', 'checks');
const EACH = 16;
const MAX_TOKENS = 1024;

const turn = (role: unknown, content: unknown): object => ({ role, content });
const json = (record: Rec, change: (record: Rec) => void): string => {
  const copy = structuredClone(record);
  change(copy);
  return JSON.stringify(copy);
};
const turns = (record: Rec): { role: string; content: string }[] =>
  record.messages as { role: string; content: string }[];

/** For each rule, ways to break a good record; each is taken in turn. */
const FAULTS: Readonly<
  Record<string, readonly ((record: Rec, at: number, above: Rec) => string | Buffer)[]>
> = {
  'schema/json': [
    (record) => JSON.stringify(record).slice(0, -1),
    (record) => JSON.stringify(record).replace('"messages":', '"messages" '),
    (record) => `${JSON.stringify(record)},`,
    (record) => JSON.stringify(record).replaceAll('"', "'"),
  ],
  'schema/encoding': [
    (record) => Buffer.from(JSON.stringify(record), 'latin1'),
    (record) => json(record, (it) => (turns(it)[0]!.content += ' \u0000')),
    (record) => json(record, (it) => (turns(it)[1]!.content += ' \ud83d')),
  ],
  'schema/record': [(record) => JSON.stringify([record]), () => '"texto"', () => '42', () => 'null'],
  'schema/id': [
    (record) => json(record, (it) => delete (it as Partial<Rec>).id),
    (record, at) => json(record, (it) => (it.id = at)),
    (record) => json(record, (it) => (it.id = '')),
    (record) => json(record, (it) => (it.id = '  ')),
  ],
  'schema/messages': [
    (record) => json(record, (it) => delete (it as Partial<Rec>).messages),
    (record) => json(record, (it) => (it.messages = 'Pergunta e resposta')),
    (record) => json(record, (it) => (it.messages = [])),
  ],
  'schema/turn': [
    (record) => json(record, (it) => ((it.messages as unknown[])[0] = 'Pergunta')),
    (record) => json(record, (it) => ((it.messages as unknown[])[1] = turn('assistant', 7))),
    (record) => json(record, (it) => ((it.messages as unknown[])[1] = { role: 'assistant' })),
    (record) => json(record, (it) => ((it.messages as unknown[])[0] = { content: 'Sem papel?' })),
  ],
  'schema/empty-turn': [
    (record) => json(record, (it) => (turns(it)[1]!.content = '')),
    (record) => json(record, (it) => (turns(it)[0]!.content = ' \n\t ')),
  ],
  'schema/unknown-role': [
    (record) => json(record, (it) => (turns(it)[0]!.role = 'human')),
    (record) => json(record, (it) => (turns(it)[1]!.role = 'Assistant')),
    (record) => json(record, (it) => (turns(it)[1]!.role = 'advogado')),
  ],
  'schema/role-order': [
    (record) => json(record, (it) => turns(it).reverse()),
    (record) => json(record, (it) => turns(it).pop()),
    (record) => json(record, (it) => turns(it).push({ role: 'assistant', content: 'E mais isto.' })),
    (record) => json(record, (it) => turns(it).splice(1, 0, { role: 'system', content: 'Responde bem.' })),
  ],
  'schema/status': [
    (record) => json(record, (it) => (it.meta = { status: 'feito' })),
    (record) => json(record, (it) => (it.meta = { status: 'Approved' })),
    (record) => json(record, (it) => (it.meta = { status: 1 })),
  ],
  'schema/meta': [
    (record) => json(record, (it) => (it.meta = 'direito marítimo')),
    (record) => json(record, (it) => (it.meta = ['aprovado'])),
  ],
  'schema/same-answers': [
    ({ id }, at) => {
      const answer = `A resposta número ${at} diz o mesmo das duas vezes.`;
      return JSON.stringify({ id, prompt: `Pergunta ${at}?`, chosen: answer, rejected: answer });
    },
  ],
  'schema/duplicate-id': [(record) => json(record, (it) => (it.id = 'good-000'))],
  'duplicate/exact': [
    (record, _, above) => json(record, (it) => (it.messages = turns(above))),
    (record, _, above) =>
      json(
        record,
        (it) => (it.messages = turns(above).map((one) => ({ ...one, content: ` ${one.content}\n` }))),
      ),
  ],
  'length/tokens': [
    (record) => json(record, (it) => (turns(it)[1]!.content = `${turns(it)[1]!.content} `.repeat(80))),
  ],
};

/** The lines of a file with faults, where they are, and the good records that they were made of. */
export function plantedStructure(): {
  readonly faulty: readonly Buffer[];
  readonly clean: readonly string[];
  readonly planted: readonly Planted[];
} {
  const rules = Object.keys(FAULTS);
  const clean = Array.from({ length: rules.length * EACH + EACH + 1 }, (_, at) => JSON.stringify(good(at)));
  const faulty: Buffer[] = [];
  const planted: Planted[] = [];
  const parsed = clean.map((line) => JSON.parse(line) as Rec);
  for (const line of clean.slice(0, EACH + 1)) faulty.push(Buffer.from(line));
  rules.forEach((rule, family) => {
    for (let at = 0; at < EACH; at++) {
      const record = parsed[(family + 1) * EACH + at + 1]!;
      const ways = FAULTS[rule]!;
      // Each has its own above it: the third of three alike would be told as well.
      const above = parsed[at + 1]!;
      faulty.push(Buffer.from(ways[at % ways.length]!(record, at, above)));
      planted.push({ line: faulty.length, rule });
    }
  });
  return { faulty, clean, planted };
}

const THINGS =
  'navio,rebocador,batelão,iate,veleiro,petroleiro,graneleiro,arrastão,pontão,cargueiro,paquete,draga,lancha'.split(
    ',',
  );
const ACTS =
  'fretado,vendido,arrestado,hipotecado,registado,reparado,segurado,abandonado,salvo,afundado,vistoriado'.split(
    ',',
  );
const PLACES =
  'Lisboa,Leixões,Setúbal,Sines,Aveiro,Faro,Funchal,Ponta Delgada,Viana do Castelo,Figueira da Foz,Portimão,Horta,Olhão,Peniche,Cascais,Nazaré,Póvoa de Varzim'.split(
    ',',
  );

/** Records that differ from each other in more than a number. */
function good(at: number): Rec {
  const thing = THINGS[at % THINGS.length]!;
  const act = ACTS[Math.floor(at / 3) % ACTS.length]!;
  const place = PLACES[Math.floor(at / 7) % PLACES.length]!;
  const other = PLACES[(at * 5 + 3) % PLACES.length]!;
  const question = `Que sucede ao ${thing} ${act} em ${place} e levado para ${other} no dia ${1 + (at % 28)}, viagem ${at}?`;
  const answer = `O ${thing} fica sujeito à autoridade de ${other}; o que foi ${act} em ${place} conta-se na viagem ${at}, e quem o recebeu ${at % 2 === 0 ? 'paga as despesas do porto' : 'avisa o proprietário sem demora'}.`;
  return {
    id: `good-${String(at).padStart(3, '0')}`,
    messages: [turn('user', question), turn('assistant', answer)],
    meta: { status: 'approved' },
  };
}

/** What is found in lines, with the model's own tokenizer. */
export async function structureFindings(lines: readonly (string | Buffer)[]): Promise<readonly Finding[]> {
  const client = new RuntimeClient({ script: path.join(ROOT, 'dist', 'runtimeProcess.mjs') });
  try {
    return await withTemporary('structure.jsonl', async (file) => {
      await writeFile(file, Buffer.concat(lines.flatMap((line) => [Buffer.from(line), Buffer.from('\n')])));
      const { findings } = await checkFiles([file], {
        workers: 0,
        maxTokens: MAX_TOKENS,
        counter: {
          count: (conversations, signal) =>
            client.countTokens({ model: { gguf: paths.model }, conversations }, { signal }),
        },
      });
      return findings.filter(({ rule }) => rule !== 'duplicate/near');
    });
  } finally {
    await client.dispose();
  }
}

export async function accuracy(): Promise<AccuracyRow[]> {
  const { faulty, clean, planted } = plantedStructure();
  return [
    ...rowsOf(planted, await structureFindings(faulty), await structureFindings(clean), Object.keys(FAULTS)),
    ...(await languages()),
  ];
}

async function languages(): Promise<AccuracyRow[]> {
  const folder = path.join(FIXTURES, 'language');
  const planted = JSON.parse(await readFile(path.join(folder, 'expected.json'), 'utf8')) as Planted[];
  const found = async (name: string): Promise<readonly Finding[]> =>
    (await checkFiles([path.join(folder, name)], { workers: 0 })).findings;
  return rowsOf(planted, await found('faulty.jsonl'), await found('clean.jsonl'), ['quality/language']);
}

function rowsOf(
  planted: readonly Planted[],
  faulty: readonly Finding[],
  clean: readonly Finding[],
  rules: readonly string[],
): AccuracyRow[] {
  return rules.map((rule) => {
    const wanted = new Set(planted.filter((one) => one.rule === rule).map(({ line }) => line));
    const lines = new Set(faulty.filter((one) => one.rule === rule).map(({ line }) => line));
    const found = [...lines].filter((line) => wanted.has(line)).length;
    const alarms = clean.filter((one) => one.rule === rule).length;
    return { rule, planted: wanted.size, found, wrong: lines.size - found + alarms };
  });
}
