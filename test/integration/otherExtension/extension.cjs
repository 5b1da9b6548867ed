// An extension that knows nothing of Afina: it asks VS Code for language models, as any other would.
const vscode = require('vscode');

exports.activate = () => ({
  async models() {
    const models = await vscode.lm.selectChatModels({ vendor: 'afina' });
    return models.map(({ id, name, family, version, maxInputTokens }) => ({
      id,
      name,
      family,
      version,
      maxInputTokens,
    }));
  },

  /** The parts of an answer as they come; `stopAfter` cancels after so many. */
  async ask(id, question, options = {}) {
    const [model] = await vscode.lm.selectChatModels({ vendor: 'afina', id });
    if (model === undefined) throw new Error(`no model ${id}`);
    const cancellation = new vscode.CancellationTokenSource();
    const messages = [vscode.LanguageModelChatMessage.User(question)];
    const parts = [];
    try {
      const request = { justification: 'the test', modelOptions: options.modelOptions };
      const response = await model.sendRequest(messages, request, cancellation.token);
      for await (const part of response.text) {
        parts.push(part);
        if (parts.length === options.stopAfter) cancellation.cancel();
      }
      return { parts };
    } catch (error) {
      return { parts, error: error.name, code: error.code, message: error.message };
    }
  },

  async count(id, text) {
    const [model] = await vscode.lm.selectChatModels({ vendor: 'afina', id });
    return [
      await model.countTokens(text),
      await model.countTokens(vscode.LanguageModelChatMessage.User(text)),
    ];
  },
});
