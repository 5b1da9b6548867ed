import { strict as assert } from 'node:assert';
import { citationCount, citesIn } from '../../../src/evaluation/answerCitations';

const SOURCE = 'Decreto-Lei n.º 352/86, de 21 de outubro, artigo 1.º';

describe('citations of an answer', () => {
  it('are counted once each, and known from the sources or from the question', () => {
    const question = [{ content: 'Que diz o artigo 483.º do Código Civil?' }];
    const count = (answer: string): [number, number] => {
      const { cited, supported } = citationCount(answer, [SOURCE], question);
      return [cited, supported];
    };
    assert.deepEqual(count('O navio é uma coisa móvel.'), [0, 0]);
    assert.deepEqual(
      count('Nos termos do Decreto-Lei n.º 352/86, e do artigo 2.º do mesmo diploma.'),
      [1, 1],
    );
    assert.deepEqual(
      count('Ver o artigo 483.º do Código Civil e a Lei n.º 99/2017, de 1 de janeiro.'),
      [2, 1],
    );
    assert.deepEqual(count('Lei n.º 99/2017. A Lei n.º 99/2017 di-lo.'), [1, 0]);
    assert.deepEqual(count(''), [0, 0]);
  });

  it('are found by what they name, however they are written', () => {
    const cites = citesIn(
      'Segundo o artigo 3.º do DL 352/86, de 21 de outubro, não. Vale o artigo 483.º do Código Civil. O artigo 5.º do mesmo diploma…',
    );
    assert.equal(cites('Decreto-Lei n.º 352/86'), true);
    assert.equal(cites('artigo 3.º do Decreto-Lei n.º 352/86'), true);
    assert.equal(cites('artigo 4.º do Decreto-Lei n.º 352/86'), false);
    assert.equal(cites('Código Civil'), true);
    assert.equal(cites('artigo 5.º do Código Civil'), true, '“the same law” is the one before');
    assert.equal(cites('Código Penal'), false);
    assert.equal(cites('o navio'), undefined);
    assert.equal(citesIn('')('Código Civil'), false);
    assert.equal(citesIn('O Código Civil basta.')('artigo 5.º do Código Civil'), false);
  });
});
