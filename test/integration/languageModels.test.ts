import { strict as assert } from 'node:assert';
import { rmSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import { tunedRun } from '../fixtures/tunedRun';
import { until } from './support';

const RUN = '20260101-120000-conversa-abcdef';
const QUESTION = 'O que é o frete?';

interface Asked {
  readonly parts: readonly string[];
  readonly error?: string;
  readonly code?: string;
  readonly message?: string;
}

/** What test/integration/otherExtension can do: it asks VS Code, and knows nothing of Afina. */
interface OtherExtension {
  models(): Promise<{ id: string; name: string; family: string; version: string; maxInputTokens: number }[]>;
  ask(
    id: string,
    question: string,
    options?: { stopAfter?: number; modelOptions?: Record<string, unknown> },
  ): Promise<Asked>;
  count(id: string, text: string): Promise<[number, number]>;
}

describe('the local models, for another extension', function () {
  this.timeout(120_000);
  const name = `conversa-${Date.now()}`;
  const base = `${name}/tiny`;
  const tuned = `${name}/tiny@${RUN}`;
  let root: string;
  let other: OtherExtension;

  before(async () => {
    root = path.join(vscode.workspace.workspaceFolders![0]!.uri.fsPath, name);
    await vscode.commands.executeCommand('afina.createSample', vscode.Uri.file(root));
    const fixtures = path.join(process.env.AFINA_ROOT ?? process.cwd(), '.lab', 'fixtures');
    await tunedRun({ project: root, fixtures, id: RUN });
    const extension = vscode.extensions.getExtension<OtherExtension>('afina-test.other');
    assert.ok(extension, 'the other extension is installed');
    other = await extension.activate();
  });
  after(() => rmSync(root, { recursive: true, force: true }));

  it('are each base that is on this machine and each fetched adapter, the moment that they are there', async () => {
    const ids = await until('both are offered', async () => {
      await vscode.commands.executeCommand('afina.refresh');
      const found = (await other.models()).map(({ id }) => id).filter((id) => id.startsWith(name));
      return found.length === 2 ? found : undefined;
    });
    assert.deepEqual([...ids].sort(), [base, tuned]);
    const model = (await other.models()).find(({ id }) => id === tuned);
    assert.equal(model?.family, 'llama');
    assert.equal(model.version, RUN);
    assert.ok(model.maxInputTokens > 0);
  });

  it('stream their answers: the tuned model its own, the same every time', async () => {
    const modelOptions = { maxTokens: 24 };
    const answer = await other.ask(tuned, QUESTION, { modelOptions });
    assert.equal(answer.error, undefined, answer.message);
    assert.ok(answer.parts.length > 1, 'it comes in parts');
    const text = answer.parts.join('');
    assert.ok(text.trim() !== '');
    assert.notEqual((await other.ask(base, QUESTION, { modelOptions })).parts.join(''), text);
    assert.equal((await other.ask(tuned, QUESTION, { modelOptions })).parts.join(''), text);
  });

  it('stop when they are told to, and answer the next question', async () => {
    const whole = await other.ask(tuned, QUESTION, { modelOptions: { maxTokens: 200 } });
    const stopped = await other.ask(tuned, QUESTION, { modelOptions: { maxTokens: 200 }, stopAfter: 1 });
    assert.ok(
      stopped.parts.join('').length < whole.parts.join('').length,
      `${stopped.parts.length} of ${whole.parts.length} parts`,
    );
    const next = await other.ask(tuned, QUESTION, { modelOptions: { maxTokens: 4 } });
    assert.ok(next.parts.length > 0);
  });

  it('count tokens, and say why they do not answer', async () => {
    const [text, message] = await other.count(tuned, QUESTION);
    assert.ok(text > 3 && message > text, `${text} and ${message}`);
    const { message: why } = await other.ask(tuned, ' '.repeat(10));
    assert.match(why ?? '', /question/);
  });

  it('are gone with their project', async () => {
    rmSync(path.join(root, 'afina.yaml'));
    await until('none is offered', async () => {
      const models = await other.models();
      return models.every(({ id }) => !id.startsWith(name));
    });
  });
});
