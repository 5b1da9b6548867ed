import { strict as assert } from 'node:assert';
import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { parse, parseDocument } from 'yaml';
import { addModel, modelKey } from '../../../src/project/addModel';

const model = { title: 'Um: modelo', gguf: 'modelos/um.gguf' };

describe('addModel', () => {
  it('adds to the sample without a byte of the rest changing', async () => {
    const source = await readFile('media/sample/afina.yaml', 'utf8');
    const text = addModel(source, 'novo', model) ?? '';
    const added = '  novo:\n    title: "Um: modelo"\n    gguf: modelos/um.gguf\n';
    assert.ok(text.includes(added), text.slice(text.indexOf('novo') - 80));
    assert.equal(text.replace(added, ''), source);
  });

  it('begins a list of models where there is none, also in an empty file and in one of comments', () => {
    for (const source of [
      '',
      '# só nesta máquina\n',
      'version: 1\n',
      'version: 1 # sem fim de linha',
      'models: {}\n',
    ]) {
      const text = addModel(source, 'a', model) ?? '';
      assert.deepEqual((parse(text) as { models: unknown }).models, { a: model }, JSON.stringify(source));
      assert.ok(text.startsWith(source.replace('models: {}\n', '')));
    }
  });

  it('gives a model that is there its fields anew, and keeps its others and their comments', () => {
    const source =
      'models:\n  a: # o primeiro\n    title: Antigo # título\n    gguf: velho.gguf\n    context: 4096\n  b:\n    gguf: b.gguf\n';
    const text = addModel(source, 'a', { gguf: '/dados/novo.gguf', hf: 'dono/modelo' });
    assert.equal(
      text,
      'models:\n  a: # o primeiro\n    title: Antigo # título\n    gguf: /dados/novo.gguf\n    context: 4096\n    hf: dono/modelo\n  b:\n    gguf: b.gguf\n',
    );
  });

  it('refuses what it cannot change', () => {
    for (const source of ['- a\n', 'models: 3\n', 'a: [\n'])
      assert.equal(addModel(source, 'a', model), undefined);
  });

  it('writes any path so that it is read back (property)', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.boolean(), (path, crlf) => {
        const newline = crlf ? '\r\n' : '\n';
        const source = ['# início', 'models:', '  x:', '    gguf: x.gguf # fica', 'variety: pt-PT', ''].join(
          newline,
        );
        const text = addModel(source, 'novo', { gguf: path });
        assert.ok(text !== undefined);
        const document = parseDocument(text);
        assert.equal(document.getIn(['models', 'novo', 'gguf']), path);
        assert.equal(document.getIn(['models', 'x', 'gguf']), 'x.gguf');
        assert.ok(text.includes('# fica') && text.includes('# início'));
      }),
      { seed: 20261126, numRuns: 300 },
    );
  });

  it('makes keys that are free and plain', () => {
    assert.equal(modelKey('SmolLM2 135M (Instruct)', []), 'smollm2-135m-instruct');
    assert.equal(modelKey('Português/São.gguf', ['portugues-sao']), 'portugues-sao-2');
    assert.equal(modelKey('…', []), 'model');
  });
});
