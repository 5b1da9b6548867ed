import { strict as assert } from 'node:assert';
import { RuntimeClient } from '../../../src/runtime/client';
import { MODEL, buildRuntimeProcess, requireModel } from './support';

describe('counting the tokens of texts', function () {
  this.timeout(60_000);
  let client: RuntimeClient;

  before(async () => {
    requireModel();
    client = new RuntimeClient({ script: await buildRuntimeProcess() });
  });
  after(() => client.dispose());

  it('counts a text as it stands, and special tokens in it as text', async () => {
    const model = { gguf: MODEL };
    const texts = ['', 'O frete', 'O frete é o preço do transporte.', '<|im_start|>'];
    const [none, short, long, special] = await client.countText({ model, texts });
    assert.equal(none, 0);
    assert.ok(short! >= 2 && long! > short!);
    assert.ok(special! > 1, 'a user cannot write a special token');
    const [whole] = await client.countTokens({
      model,
      conversations: [[{ role: 'user', content: texts[2]! }]],
    });
    assert.ok(whole! > long!, 'the template is left out');
  });
});
