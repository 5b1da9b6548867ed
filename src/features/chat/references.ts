import path from 'node:path';
import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import { UserError } from '../../protocol/errors';

/** Larger than the context of any model that runs on a desk. */
const MOST = 400_000;

/** The question with the texts that were attached to it, each under its name, in front. */
export async function withReferences(
  prompt: string,
  references: readonly vscode.ChatPromptReference[],
): Promise<string> {
  const texts: string[] = [];
  for (const { value } of references) {
    if (typeof value === 'string') texts.push(value);
    else if (value instanceof vscode.Uri) texts.push(await named(value));
    else if (value instanceof vscode.Location) texts.push(await named(value.uri, value.range));
  }
  return [...texts.filter((text) => text.trim() !== ''), prompt].join('\n\n');
}

async function named(uri: vscode.Uri, range?: vscode.Range): Promise<string> {
  const name = path.basename(uri.path);
  let text: string;
  try {
    text = (await vscode.workspace.openTextDocument(uri)).getText(range);
  } catch (error) {
    throw new UserError(
      'chat/not-text',
      t('{0} cannot be read as text: take it out of the question.', name),
      {},
      { cause: error },
    );
  }
  if (text.length > MOST) {
    throw new UserError(
      'chat/too-long',
      t('{0} is too long for the model: select the part that matters.', name),
    );
  }
  return `${name}:\n${text}`;
}
