import { strict as assert } from 'node:assert';
import { createWriteStream } from 'node:fs';
import { mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { finished } from 'node:stream/promises';
import fc from 'fast-check';
import { importDataset } from '../../../src/dataset/import/importDataset';
import type { ImportOptions, ImportResult } from '../../../src/dataset/import/importDataset';
import type { SourceRow } from '../../../src/dataset/import/importSource';
import { guessMapping } from '../../../src/dataset/import/mapping';
import type { ImportTarget } from '../../../src/protocol/importView';
import { openSource } from '../../../src/dataset/import/openSource';
import { sampleSource } from '../../../src/dataset/import/sampleSource';

const fixture = (name: string): string => path.join('test', 'fixtures', 'import', name);

interface Written {
  id: string;
  messages: { role: string; content: string }[];
  meta: Record<string, unknown>;
}

describe('importDataset', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'afina-importar-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const target = (): string => path.join(folder, 'datasets', 'novo.jsonl');
  const made = async (): Promise<Written[]> =>
    (await readFile(target(), 'utf8'))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Written);
  const run = async (
    file: string,
    options: Partial<ImportOptions> = {},
    change: Record<string, ImportTarget> = {},
  ): Promise<ImportResult> => {
    const source = await openSource(file);
    const { fields } = await sampleSource(source);
    const mapping = guessMapping(
      source.kind,
      fields.map(({ name }) => name),
    );
    for (const [name, wanted] of Object.entries(change)) mapping.set(name, wanted);
    return importDataset({ source, mapping, status: 'draft', target: target(), mode: 'new', ...options });
  };
  const put = async (name: string, content: string | Uint8Array): Promise<string> => {
    const file = path.join(folder, name);
    await writeFile(file, content);
    return file;
  };
  const rowsOf = async (file: string): Promise<SourceRow[]> => {
    const rows: SourceRow[] = [];
    for await (const row of (await openSource(file)).rows({})) if ('values' in row) rows.push(row);
    return rows;
  };
  const talk = (question: string, answer: string): Written['messages'] => [
    { role: 'user', content: question },
    { role: 'assistant', content: answer },
  ];

  describe('from tables', () => {
    it('reads what Excel writes in Portugal: semicolons, Windows-1252, CRLF, quotes with line ends', async () => {
      const text =
        'N.º;Pergunta;Resposta;Tema;Fontes;Estado\r\n1;"Que é a ""quilha""?";"Peça;\r\ndo fundo – 5 €.";casco;Lei n.º 1/99 | Código;Aprovado\r\n2;Só pergunta;;;;\r\n';
      const bytes = Buffer.from(text.replace('–', '\x96').replace('€', '\x80'), 'latin1');
      const file = await put('excel.csv', bytes);
      const source = await openSource(file);
      assert.equal(source.facts.length, 2);
      const result = await run(file);
      assert.deepEqual(result, {
        target: target(),
        records: 2,
        renamed: 0,
        unknownStatus: 0,
        skipped: 0,
        problems: [],
      });
      assert.deepEqual(await made(), [
        {
          id: '1',
          messages: talk('Que é a "quilha"?', 'Peça;\ndo fundo – 5 €.'),
          meta: { topic: 'casco', status: 'approved', sources: ['Lei n.º 1/99', 'Código'] },
        },
        { id: '2', messages: talk('Só pergunta', ''), meta: { status: 'draft' } },
      ]);
    });

    it('reads commas, tabs, bars, byte order marks, UTF-16 and "sep="', async () => {
      const table = (separator: string): string =>
        [
          ['prompt', 'answer'],
          ['Olá, é?', 'Sim; é.'],
          ['b', 'c'],
        ]
          .map((row) => row.map((cell) => `"${cell}"`).join(separator))
          .join('\n');
      const files = [
        await put('a.csv', `\uFEFF${table(',')}`),
        await put('b.tsv', table('\t')),
        await put('c.csv', table('|')),
        await put('d.csv', `sep=;\r\n${table(';')}`),
        await put('e.txt', Buffer.from(`\uFEFF${table('\t')}`, 'utf16le')),
      ];
      for (const file of files) {
        assert.deepEqual(
          (await rowsOf(file)).map(({ values }) => values),
          [
            { prompt: 'Olá, é?', answer: 'Sim; é.' },
            { prompt: 'b', answer: 'c' },
          ],
          file,
        );
      }
    });

    it('names columns of a table without names', async () => {
      const long =
        'Uma frase comprida que ninguém poria como nome de uma coluna por mais que quisesse explicá-la bem.';
      const rows = await rowsOf(await put('a.csv', `${long},resposta\n${long} b,outra\n`));
      assert.equal(rows.length, 2);
      assert.deepEqual(Object.values(rows[0]!.values), [long, 'resposta']);
    });

    it('says file and line of what cannot be read, and leaves nothing behind', async () => {
      const open = await put('open.csv', 'pergunta,resposta\na,b\nc,"d\ne,f\n');
      await assert.rejects(run(open), (error: { code: string; details: { place: unknown } }) => {
        assert.equal(error.code, 'import/csv');
        assert.deepEqual(error.details.place, { file: open, line: 3 });
        return true;
      });
      assert.deepEqual(await readdir(folder), ['open.csv']);
      const wide = await put('wide.csv', 'pergunta,resposta\n"a\nb",c\nd,e,f\n,g\nh,i\n');
      const result = await run(wide);
      assert.deepEqual([result.records, result.skipped], [2, 2]);
      assert.deepEqual(
        result.problems.map(({ line }) => line),
        [4, 5],
      );
      const spaced = await put(
        'spaced.csv',
        'pergunta,resposta\r\n\r\n"a\r\nb",c\r\n\r\nd,"e\nf"\r\ng,h\r\n',
      );
      assert.deepEqual(
        (await rowsOf(spaced)).map(({ line }) => line),
        [3, 6, 8],
      );
      const none = await put('none.csv', 'x,y\n1,2\n');
      await assert.rejects(run(none, { mode: 'overwrite' }), { name: 'UserError', code: 'import/nothing' });
      assert.equal((await made()).length, 2, 'what was there stays');
      await assert.rejects(openSource(await put('empty.csv', '')), { code: 'import/empty' });
      await assert.rejects(openSource(await put('book.xlsx', 'PK\u0003\u0004')), { code: 'import/workbook' });
      await assert.rejects(openSource(await put('x.bin', 'ab\0cd')), { code: 'import/file' });
      await assert.rejects(openSource(path.join(folder, 'gone.csv')), { code: 'file-missing' });
    });

    it('gives back any cells, whatever is in them', async () => {
      const cell = fc
        .array(fc.constantFrom('a', 'ç', '"', ',', ';', '\n', '\r\n', '\t', ' ', '😀', "'"), { maxLength: 6 })
        .map((all) => `x${all.join('')}x`);
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.tuple(cell, cell), { minLength: 2, maxLength: 6 }),
          fc.constantFrom(',', ';', '\t'),
          fc.constantFrom('\n', '\r\n'),
          async (rows, separator, end) => {
            const quoted = rows.map((row) =>
              row.map((each) => `"${each.replaceAll('"', '""')}"`).join(separator),
            );
            const file = await put('any.csv', ['pergunta' + separator + 'resposta', ...quoted].join(end));
            const found = await rowsOf(file);
            assert.deepEqual(
              found.map(({ values }) => [values.pergunta, values.resposta]),
              rows,
            );
          },
        ),
        { seed: 12, numRuns: 150 },
      );
    });

    it('reads Parquet in every usual compression', async () => {
      for (const name of ['snappy', 'gzip', 'brotli']) {
        const rows = await rowsOf(fixture(`table-${name}.parquet`));
        assert.equal(rows.length, 3);
        assert.deepEqual(rows[1]!.values.number, '9007199254740993');
        const result = await run(
          fixture(`table-${name}.parquet`),
          { mode: 'overwrite' },
          { number: 'id', messages: 'ignore', question: 'prompt', answer: 'answer' },
        );
        assert.deepEqual([result.records, result.skipped], [2, 1]);
        assert.deepEqual((await made())[0], {
          id: '1',
          messages: talk('O que é a quilha?', 'A peça que corre o fundo do navio – de proa à popa.'),
          meta: { status: 'draft', sources: ['Lei n.º 1/99', 'Código Comercial'] },
        });
      }
      await assert.rejects(openSource(await put('x.parquet', 'PAR1 broken PAR1')), {
        code: 'import/parquet',
      });
    });
  });

  describe('from annotation tools', () => {
    it('takes the last annotation of Label Studio, or else the prediction', async () => {
      const source = await openSource(fixture('labelStudio.json'));
      assert.equal(source.kind, 'label-studio');
      await run(fixture('labelStudio.json'), {}, { 'annotation.completed_by': 'meta' });
      assert.deepEqual(await made(), [
        {
          id: '101',
          messages: talk(
            'Quem autoriza a saída do navio do porto?',
            'O capitão do porto,\npor despacho de largada.',
          ),
          meta: {
            completed_by: 'rui@exemplo.pt',
            topic: 'Despacho',
            status: 'approved',
            sources: ['Decreto-Lei n.º 370/2007'],
          },
        },
        {
          id: '102',
          messages: talk(
            'O que é a avaria grossa?',
            'Despesa [extraordinária] feita para salvar o navio e a carga.',
          ),
          meta: { topic: 'Avarias', status: 'draft', sources: ['Código Comercial, art. 634.º'] },
        },
      ]);
    });

    it('takes submitted responses of Argilla before suggestions', async () => {
      assert.equal((await openSource(fixture('argilla2.json'))).kind, 'argilla');
      await run(fixture('argilla2.json'));
      assert.deepEqual(
        (await made()).map(({ id, messages, meta }) => [id, messages, meta.status, meta.topic]),
        [
          [
            'arg-1',
            talk(
              'Que prazo tem a reclamação de carga?\nTransporte ao abrigo da Convenção de Bruxelas.',
              'Um ano.',
            ),
            'review',
            'carga',
          ],
          [
            'arg-2',
            talk('O que é o conhecimento de embarque?', 'Documento que titula o transporte.'),
            'draft',
            undefined,
          ],
        ],
      );
      await run(fixture('argilla1.jsonl'), { mode: 'overwrite' });
      assert.deepEqual(
        (await made()).map(({ id, messages }) => [id, messages]),
        [
          ['a1', talk('Quem é o armador?', 'Quem explora o navio.')],
          ['a2', talk('O que é a sobrestadia?', 'Tempo além da estadia.')],
        ],
      );
    });

    it('takes texts and labels of doccano', async () => {
      assert.equal((await openSource(fixture('doccano.jsonl'))).kind, 'doccano');
      await run(fixture('doccano.jsonl'), { status: 'review' });
      assert.deepEqual(
        (await made()).map(({ id, messages, meta }) => [id, messages[1]?.content, meta.status]),
        [
          ['11', 'O capitão pode lançar carga ao mar para salvar o navio.', 'review'],
          ['12', '', 'draft'],
        ],
      );
    });
  });

  describe('from JSON', () => {
    const ALPACA = [
      { instruction: 'i', input: 'x', output: 'o' },
      { instruction: 'só [isto] "e" mais', input: '', output: '}' },
    ];

    it('reads lists, pretty-printed or not, and lines, with a broken one among them', async () => {
      const files = [
        await put('a.json', JSON.stringify(ALPACA)),
        await put('b.json', `\uFEFF${JSON.stringify(ALPACA, null, 2)}`),
        await put('c.jsonl', ALPACA.map((each) => JSON.stringify(each)).join('\r\n')),
      ];
      for (const file of files) {
        await run(file, { mode: 'overwrite' });
        assert.deepEqual(
          (await made()).map(({ id, messages }) => [id, messages]),
          [
            ['novo-0001', talk('i\nx', 'o')],
            ['novo-0002', talk('só [isto] "e" mais', '}')],
          ],
          file,
        );
      }
      const broken = await put(
        'd.jsonl',
        `${JSON.stringify(ALPACA[0])}\n{"instruction": \n7\n${JSON.stringify(ALPACA[1])}`,
      );
      const result = await run(broken, { mode: 'overwrite' });
      assert.deepEqual([result.records, result.problems.map(({ line }) => line)], [2, [2, 3]]);
      const cut = await put('e.json', JSON.stringify(ALPACA, null, 1).slice(0, -20));
      await assert.rejects(run(cut, { mode: 'overwrite' }), { code: 'import/json' });
    });

    it('takes conversations and preferences as they are', async () => {
      const share = {
        id: 's',
        conversations: [
          { from: 'human', value: 'p' },
          { from: 'gpt', value: 'r' },
        ],
        category: 't',
      };
      await run(await put('a.json', JSON.stringify([share])));
      assert.deepEqual(await made(), [
        { id: 's', messages: talk('p', 'r'), meta: { topic: 't', status: 'draft' } },
      ]);
      await run(await put('b.jsonl', JSON.stringify({ prompt: 'p', chosen: 'a', rejected: 'b' })), {
        mode: 'overwrite',
      });
      assert.deepEqual(await made(), [
        { id: 'novo-0001', prompt: 'p', chosen: 'a', rejected: 'b', meta: { status: 'draft' } },
      ]);
    });

    it('reads the same elements wherever the file is cut into pieces', async () => {
      const value = fc.dictionary(fc.string({ maxLength: 3 }), fc.jsonValue({ maxDepth: 3 }), { maxKeys: 3 });
      await fc.assert(
        fc.asyncProperty(
          fc.array(value, { minLength: 1, maxLength: 8 }),
          fc.constantFrom(0, 1),
          async (all, indent) => {
            const file = await put('any.json', JSON.stringify(all, null, indent));
            const texts: unknown[] = [];
            const { jsonElements } = await import('../../../src/dataset/import/jsonElements');
            for await (const { text } of jsonElements(file, 'utf-8', {})) texts.push(JSON.parse(text));
            assert.deepEqual(texts, JSON.parse(JSON.stringify(all)));
          },
        ),
        { seed: 13, numRuns: 60 },
      );
    });
  });

  it('adds to a dataset: its bytes stay, ids that are taken get another', async () => {
    const file = await put(
      'a.csv',
      'id,pergunta,resposta,estado\nx,a,b,esquisito\nx,c,d,rejeitado\ny,e,f,\n',
    );
    await run(file);
    const before = '\uFEFF{"id":"x" ,"n":1.0}\r\nnot json';
    await writeFile(target(), before);
    await assert.rejects(run(file), { name: 'UserError', code: 'import/exists' });
    const result = await run(file, { mode: 'append', status: 'review' });
    assert.deepEqual([result.records, result.renamed, result.unknownStatus], [3, 2, 1]);
    const after = await readFile(target(), 'utf8');
    assert.ok(after.startsWith(`${before}\n`));
    assert.deepEqual(
      after
        .split('\n')
        .slice(2, 5)
        .map((line) => {
          const { id, meta } = JSON.parse(line) as Written;
          return [id, meta.status];
        }),
      [
        ['x-2', 'review'],
        ['x-3', 'rejected'],
        ['y', 'review'],
      ],
    );
    await assert.rejects(run(target(), { mode: 'append' }), { code: 'import/same' });
    await assert.rejects(run(file, { mode: 'append', signal: AbortSignal.abort() }), {
      name: 'CancelledError',
    });
    assert.equal(await readFile(target(), 'utf8'), after);
    assert.deepEqual(await readdir(path.dirname(target())), ['novo.jsonl']);
  });

  it('reads large tables without holding them', async function () {
    this.timeout(120_000);
    const file = path.join(folder, 'large.csv');
    const stream = createWriteStream(file);
    stream.write('id;pergunta;resposta\n');
    const filler = 'Uma frase de enchimento, com vírgulas e «aspas», que ocupa espaço. '.repeat(14);
    for (let n = 0; n < 20_000; n++) {
      if (!stream.write(`${n};"Pergunta ${n}?\n";"${filler}"\n`)) {
        await new Promise<void>((resolve) => stream.once('drain', () => resolve()));
      }
    }
    stream.end();
    await finished(stream);
    assert.ok((await stat(file)).size > 18_000_000);
    global.gc?.();
    const before = process.memoryUsage().rss;
    let most = before;
    let done = 0;
    const result = await run(file, {
      progress: (read) => {
        done = read;
        most = Math.max(most, process.memoryUsage().rss);
      },
    });
    assert.equal(result.records, 20_000);
    assert.equal(done, (await stat(file)).size);
    assert.ok(most - before < 200_000_000, `${Math.round((most - before) / 1e6)} MB more`);
  });
});
