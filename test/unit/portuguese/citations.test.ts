import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import { citationHover, citationsIn, resolvedDiplomas } from '../../../src/portuguese/citations';
import { linksOf } from '../../../src/portuguese/citations/links';
import { spanScore } from '../../bench/accuracy/citation';
import { CITATION_PIECES } from './citationPieces';

const spans = (text: string): string[] => citationsIn(text).map(({ start, end }) => text.slice(start, end));
const normals = (text: string): string[] => citationsIn(text).map(({ normal }) => normal);
const urls = (text: string): string[] =>
  citationsIn(text).flatMap(({ parts }) => linksOf(parts).map(({ url }) => url));

describe('citations', () => {
  describe('spans', () => {
    for (const name of ['tuned', 'tuned-br']) {
      it(`are those marked in ${name}`, async () => {
        assert.deepEqual((await spanScore(name)).differences, []);
      });
    }
    for (const name of ['held', 'held-br']) {
      it(`are nearly all of those marked in ${name}`, async () => {
        const { precision, recall } = await spanScore(name);
        assert.ok(precision >= 0.95, String(precision));
        assert.ok(recall >= 0.95, String(recall));
      });
    }

    const cases: [string, string[]][] = [
      ['', []],
      ['artigo', []],
      ['Lei n.º', []],
      ['§', []],
      ['artigo 5.º', ['artigo 5.º']],
      ['(artigo 5.º)', ['artigo 5.º']],
      ['ARTIGO 5.º, N.º 1, DO CÓDIGO CIVIL.', ['ARTIGO 5.º, N.º 1, DO CÓDIGO CIVIL']],
      ['artigo 5.º\ndo Código Civil', ['artigo 5.º\ndo Código Civil']],
      ['o artigo 5.º e o artigo 6.º', ['artigo 5.º', 'artigo 6.º']],
      ['o artigo 5.º e o artigo 6.º do CC', ['artigo 5.º e o artigo 6.º do CC']],
      ['artigo 5.º do CC e artigo 6.º do CPC', ['artigo 5.º do CC', 'artigo 6.º do CPC']],
      ['o CC da pilha', []],
      ['o CE do produto', []],
      [
        'Lei n.º 1/2020, de 2 de janeiro (Lei das Coisas)',
        ['Lei n.º 1/2020, de 2 de janeiro', 'Lei das Coisas'],
      ],
      ['Lei n.º 58/2019 (LPDP).', ['Lei n.º 58/2019']],
      ['art . 5º , XXXV , da CF', ['art . 5º , XXXV , da CF']],
    ];
    for (const [text, expected] of cases) {
      it(`of «${text.replace('\n', ' ')}»`, () => {
        assert.deepEqual(spans(text), expected);
      });
    }
  });

  describe('normal forms', () => {
    const cases: [string, string][] = [
      [
        'artigo 15.º, n.º 2, do Decreto-Lei n.º 352/86, de 21 de outubro',
        'Decreto-Lei n.º 352/86, de 21 de outubro, artigo 15.º, n.º 2',
      ],
      [
        'al. a) do nº 2 do artº 15º do DL 352/86, de 21-10',
        'Decreto-Lei n.º 352/86, de 21 de outubro, artigo 15.º, n.º 2, alínea a)',
      ],
      ['arts. 483.º e ss. do CC', 'Código Civil, artigos 483.º e seguintes'],
      ['arts. 3.º, n.º 2, e 4.º da LGT', 'Lei Geral Tributária, artigo 3.º, n.º 2; artigo 4.º'],
      ['artigos 664.º a 675.º do Código Comercial', 'Código Comercial, artigos 664.º a 675.º'],
      ['art. 5º, § 1º, da Lei 8.078/90', 'Lei nº 8.078/1990, art. 5º, § 1º'],
      ['Lei 8.112, de 11 de dezembro de 1990', 'Lei nº 8.112, de 11 de dezembro de 1990'],
      ['LC 101/2000', 'Lei Complementar nº 101/2000'],
      ['Reg. e Regulamento (UE) 2016/679', 'Regulamento (UE) 2016/679'],
      ['Regulamento (CE) nº 392/2009', 'Regulamento (CE) n.º 392/2009'],
      ['Directiva 93/13/CEE do Conselho, de 5 de Abril de 1993', 'Diretiva 93/13/CEE, de 5 de abril de 1993'],
      [
        'Ac. STJ de 12.03.2015, Proc. 123/10.0TBLSB.L1.S1',
        'Acórdão do STJ de 12-03-2015, proc. n.º 123/10.0TBLSB.L1.S1',
      ],
      ['Acórdão TC n.º 474/2013', 'Acórdão n.º 474/2013 do TC'],
      ['EU:C:2014:317', 'ECLI:EU:C:2014:317'],
      [
        'regra 33 do capítulo V da Convenção SOLAS',
        'Convenção Internacional para a Salvaguarda da Vida Humana no Mar, capítulo v, regra 33',
      ],
      ['Súmula 7/STJ', 'Súmula 7 do STJ'],
      ['REsp n. 1.061.852 - PR', 'REsp 1.061.852/PR'],
    ];
    for (const [text, normal] of cases) {
      it(`of «${text}»`, () => {
        assert.deepEqual(normals(text), [normal.replace('capítulo v', 'capítulo V')]);
      });
    }
  });

  it('know the diploma that «o mesmo diploma» means', () => {
    const text =
      'Segundo o artigo 5.º do Decreto-Lei n.º 203/98, de 10 de julho, e o artigo 2.º da Convenção de Bruxelas de 1910, aplica-se o artigo 9.º daquele diploma e o artigo 3.º da Convenção.';
    const diplomas = resolvedDiplomas(citationsIn(text));
    assert.deepEqual(
      diplomas.map((diploma) => diploma?.number ?? diploma?.name),
      ['203', 'Convenção de Bruxelas', '203', 'Convenção de Bruxelas'],
    );
  });

  describe('links', () => {
    it('lead to Diário da República, where the date is whole', () => {
      assert.deepEqual(urls('Decreto-Lei n.º 352/86, de 21 de outubro'), [
        'https://data.dre.pt/eli/dec-lei/352/1986/10/21/p/dre/pt/html',
      ]);
      assert.deepEqual(urls('Portaria n.º 22-A/2013, de 23 de janeiro'), [
        'https://data.dre.pt/eli/port/22-a/2013/01/23/p/dre/pt/html',
      ]);
      assert.deepEqual(urls('Decreto-Lei n.º 352/86'), []);
      assert.deepEqual(urls('Lei nº 8.078, de 11 de setembro de 1990'), []);
    });

    it('lead to EUR-Lex', () => {
      const celex = (id: string): string => `https://eur-lex.europa.eu/legal-content/PT/TXT/?uri=CELEX:${id}`;
      assert.deepEqual(urls('RGPD'), [celex('32016R0679')]);
      assert.deepEqual(urls('Regulamento (CE) n.º 392/2009'), [celex('32009R0392')]);
      assert.deepEqual(urls('Diretiva 93/13/CEE'), [celex('31993L0013')]);
      assert.deepEqual(urls('processo C-131/12'), [celex('62012CJ0131')]);
    });
  });

  it('are shown in a hover with what they mean', () => {
    const text = 'O Decreto-Lei n.º 203/98, de 10 de julho, vale; veja-se o artigo 9.º do mesmo diploma.';
    const hover = citationHover(text, text.indexOf('9.º'));
    assert.equal(hover?.normal, 'Decreto-Lei n.º 203/98, de 10 de julho, artigo 9.º');
    assert.equal(hover.links.length, 1);
    assert.equal(citationHover(text, text.indexOf('vale')), undefined);
  });

  it('stand in order, apart, and within the text, whatever it is', () => {
    const piece = fc.oneof(fc.constantFrom(...CITATION_PIECES), fc.string({ maxLength: 6 }));
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const text = pieces.join('');
        let last = 0;
        for (const { start, end, normal } of citationsIn(text)) {
          assert.ok(start >= last && end > start && end <= text.length, text);
          assert.ok(normal !== '', text);
          assert.equal(text.slice(start, end).trim(), text.slice(start, end));
          last = end;
        }
      }),
      { seed: 1837, numRuns: 2000 },
    );
  });
});
