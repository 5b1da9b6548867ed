import * as vscode from 'vscode';

/** Explains citations of laws and decisions in the text of a record: their normal form, and where they can be read. */
export class CitationHovers implements vscode.HoverProvider {
  async provideHover(
    document: vscode.TextDocument,
    position: vscode.Position,
  ): Promise<vscode.Hover | undefined> {
    const [{ readRecordDocument }, { placeInContent }, { citationHover, citationsIn }] = await Promise.all([
      import('../../dataset/recordDocument'),
      import('../../dataset/turnText'),
      import('../../portuguese/citations'),
    ]);
    const text = document.getText();
    const offset = document.offsetAt(position);
    const turn = readRecordDocument(text).turns.find(
      ({ lines }) => (lines[0]?.start ?? Infinity) <= offset && offset <= (lines.at(-1)?.end ?? -1),
    );
    // A source stands in a line of its own.
    const line = document.lineAt(position).range;
    const shown = turn?.content ?? document.getText(line);
    const placed = (at: number): number =>
      turn === undefined ? document.offsetAt(line.start) + at : placeInContent(text, turn.lines, at);
    const citation = citationsIn(shown).find(
      ({ start, end }) => placed(start) <= offset && offset <= placed(end),
    );
    const hover = citation === undefined ? undefined : citationHover(shown, citation.start);
    if (hover === undefined) return undefined;
    const content = new vscode.MarkdownString();
    content.appendText(hover.normal);
    for (const { title, url } of hover.links) {
      content.appendMarkdown('\n\n');
      content.appendMarkdown(`[${escape(title)}](${url.replaceAll('(', '%28').replaceAll(')', '%29')})`);
    }
    const range = new vscode.Range(
      document.positionAt(placed(hover.start)),
      document.positionAt(placed(hover.end)),
    );
    return new vscode.Hover(content, range);
  }
}

function escape(text: string): string {
  return text.replace(/[\\`*_{}[\]()#+\-.!|<>~]/g, '\\$&');
}
