import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import type { Transport } from '../protocol/channel';
import { interfaceLanguage, interfaceStrings } from './l10n';

export interface WebviewOptions {
  readonly viewType: string;
  readonly title: string;
  /** Folder under webview/, and so the bundle's name in dist/webview/. */
  readonly entry: string;
  readonly extensionUri: vscode.Uri;
  /** Default: where the active editor is. */
  readonly column?: vscode.ViewColumn;
  /** The page goes on while another tab is in front of it. */
  readonly retainContextWhenHidden?: boolean;
}

/** A panel with one of our webviews in it, and the transport of its channel. */
export function openWebview(options: WebviewOptions): { panel: vscode.WebviewPanel; transport: Transport } {
  const { viewType, title, column = vscode.ViewColumn.Active, retainContextWhenHidden = false } = options;
  const panel = vscode.window.createWebviewPanel(viewType, title, column, { retainContextWhenHidden });
  panel.iconPath = vscode.Uri.joinPath(options.extensionUri, 'media', 'icon.png');
  return { panel, transport: mountWebview(panel.webview, options) };
}

/** Puts one of our pages into a webview, and gives the transport of its channel. */
export function mountWebview(
  webview: vscode.Webview,
  options: Pick<WebviewOptions, 'entry' | 'title' | 'extensionUri'>,
): Transport {
  const assets = vscode.Uri.joinPath(options.extensionUri, 'dist', 'webview');
  webview.options = { enableScripts: true, localResourceRoots: [assets] };
  const transport = transportOf(webview);
  webview.html = page(webview, assets, options);
  return transport;
}

function transportOf(webview: vscode.Webview): Transport {
  return {
    post: (message) => void webview.postMessage(message),
    onMessage: (listener) => void webview.onDidReceiveMessage(listener),
  };
}

function page(
  webview: vscode.Webview,
  assets: vscode.Uri,
  { entry, title }: Pick<WebviewOptions, 'entry' | 'title'>,
): string {
  const nonce = randomBytes(16).toString('hex');
  const uri = (file: string): string => webview.asWebviewUri(vscode.Uri.joinPath(assets, file)).toString();
  const { cspSource } = webview;
  return `<!DOCTYPE html>
<html lang="${escape(interfaceLanguage())}">
<head>
<meta charset="UTF-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'nonce-${nonce}'; style-src ${cspSource}; font-src ${cspSource}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${uri(`${entry}.css`)}">
<title>${escape(title)}</title>
</head>
<body>
<script type="application/json" id="afina-strings">${JSON.stringify(interfaceStrings()).replace(/</g, '\\u003c')}</script>
<script type="module" nonce="${nonce}" src="${uri(`${entry}.js`)}"></script>
</body>
</html>`;
}

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
