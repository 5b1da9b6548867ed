import * as vscode from 'vscode';

/** Tokens of the longest answer in a conversation: a chat asks for more than a preview beside a text. */
export function longestAnswer(): number {
  return vscode.workspace.getConfiguration('afina.chat').get('maxTokens', 1024);
}
