import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { lexer } from 'marked';
import type { Token, Tokens } from 'marked';
import { t } from '../shared/l10n';

type Shown = TemplateResult | string | typeof nothing;

/**
 * Markdown as elements made from the parser's tokens: nothing of the text becomes markup, HTML in it is shown as text,
 * links lead nowhere and images are not loaded.
 */
export function markdown(text: string): TemplateResult {
  return html`<div class="markdown">${lexer(text).map(block)}</div>`;
}

function block(token: Token): Shown {
  switch (token.type) {
    case 'heading':
      return heading(token as Tokens.Heading);
    case 'paragraph':
      return html`<p>${inlines(token)}</p>`;
    case 'blockquote':
      return html`<blockquote>${blocks(token)}</blockquote>`;
    case 'list':
      return list(token as Tokens.List);
    case 'code':
      return html`<pre tabindex="0"><code>${(token as Tokens.Code).text}</code></pre>`;
    case 'hr':
      return html`<hr />`;
    case 'table':
      return table(token as Tokens.Table);
    case 'space':
    case 'def':
      return nothing;
    case 'text':
      return html`${inlines(token)}`;
    case 'html':
      return html`<p>${token.raw}</p>`;
    default:
      return token.raw;
  }
}

function blocks(token: Token): Shown[] {
  return (token as Tokens.Generic).tokens?.map(block) ?? [token.raw];
}

/** Headings of a text inside the form: they are no part of the page's own outline. */
function heading(token: Tokens.Heading): TemplateResult {
  return html`<p class="heading level-${Math.min(4, token.depth)}">${inlines(token)}</p>`;
}

function list({ ordered, start, items }: Tokens.List): TemplateResult {
  const entries = items.map(
    (item) =>
      html`<li>
        ${item.task ? html`${item.checked === true ? '☑' : '☐'} ` : nothing}${item.tokens
          .filter(({ type }) => type !== 'checkbox')
          .map(block)}
      </li>`,
  );
  return ordered
    ? html`<ol start=${start === '' ? 1 : start}>
        ${entries}
      </ol>`
    : html`<ul>
        ${entries}
      </ul>`;
}

function table({ header, rows }: Tokens.Table): TemplateResult {
  return html`<div class="table" tabindex="0" role="group" aria-label=${t('Table')}>
    <table>
      <thead>
        <tr>
          ${header.map((cell) => html`<th scope="col">${cell.tokens.map(inline)}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) =>
            html`<tr>
              ${row.map((cell) => html`<td>${cell.tokens.map(inline)}</td>`)}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

function inlines(token: Token): Shown[] {
  return (token as Tokens.Generic).tokens?.map(inline) ?? [plain(token)];
}

function inline(token: Token): Shown {
  switch (token.type) {
    case 'strong':
      return html`<strong>${inlines(token)}</strong>`;
    case 'em':
      return html`<em>${inlines(token)}</em>`;
    case 'del':
      return html`<s>${inlines(token)}</s>`;
    case 'codespan':
      return html`<code>${plain(token)}</code>`;
    case 'br':
      return html`<br />`;
    case 'link': {
      const { href, raw } = token as Tokens.Link;
      // An address that stands in the text by itself is its own title.
      return raw === href ? raw : html`<span class="link" title=${href}>${inlines(token)}</span>`;
    }
    case 'image': {
      const { text, href } = token as Tokens.Image;
      return html`<span class="link" title=${href}>${text === '' ? href : text}</span>`;
    }
    case 'html':
      return token.raw;
    case 'text':
      return html`${inlines(token)}`;
    default:
      return plain(token);
  }
}

function plain(token: Token): string {
  return 'text' in token && typeof token.text === 'string' ? token.text : token.raw;
}
