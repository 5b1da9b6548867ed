import type { Conflict, RowKey } from '../../dataset/document';
import { parseRecordText } from '../../dataset/recordText';
import type { Handlers } from '../../protocol/channel';
import type {
  ConflictField,
  ConflictView,
  TurnRole,
  datasetEditorHostApi,
} from '../../protocol/datasetEditor';
import type { EditorDocument } from './editorDocument';

/** Longest text of one field that is compared on screen, in UTF-16 units. */
const LONGEST = 200_000;

type ConflictMethods = 'editor/showConflicts' | 'editor/nextConflict' | 'editor/resolve';

export function conflictHandlers(
  document: EditorDocument,
  show: (keys: RowKey[]) => void,
): Pick<Handlers<typeof datasetEditorHostApi>, ConflictMethods> {
  const keys = (): RowKey[] => document.data.conflicts.map(({ key }) => key);
  return {
    'editor/showConflicts': () => {
      show(keys());
      return { found: keys().length };
    },
    'editor/nextConflict': ({ after }) => {
      const open = keys();
      const at = after === null ? -1 : document.data.indexOf(after);
      return open.find((key) => document.data.indexOf(key) > at) ?? open[0] ?? null;
    },
    'editor/resolve': async ({ key, side }) => {
      await document.resolve(key === null ? keys() : [key], side);
      return null;
    },
  };
}

/** The fields in which the two sides differ; both whole lines where one of them is no record. */
export function conflictView({ kind, mine, theirs }: Conflict): ConflictView {
  const left = fieldsOf(mine);
  const right = fieldsOf(theirs);
  if (left === undefined || right === undefined) {
    return { kind, fields: [{ path: 'line', role: null, mine: cut(mine), theirs: cut(theirs) }] };
  }
  const fields: ConflictField[] = [];
  for (const path of new Set([...left.keys(), ...right.keys()])) {
    const here = left.get(path);
    const there = right.get(path);
    if (here?.text === there?.text && here?.role === there?.role) continue;
    fields.push({
      path,
      role: here?.role ?? there?.role ?? null,
      mine: cut(here?.text ?? null),
      theirs: cut(there?.text ?? null),
    });
  }
  // They differ in spelling or in what the form does not show.
  if (fields.length === 0) fields.push({ path: 'line', role: null, mine: cut(mine), theirs: cut(theirs) });
  return { kind, fields };
}

interface Field {
  readonly text: string;
  readonly role: TurnRole | null;
}

/** Undefined when the line is there and cannot be read as a record. */
function fieldsOf(line: string | null): Map<string, Field> | undefined {
  const fields = new Map<string, Field>();
  if (line === null) return fields;
  const { record } = parseRecordText(line);
  if (record === undefined) return undefined;
  const put = (path: string, text: string | undefined, role: TurnRole | null = null): void => {
    if (text !== undefined && text !== '') fields.set(path, { text, role });
  };
  put('id', record.id);
  put('meta.topic', record.meta.topic);
  put('meta.status', record.meta.status);
  record.messages.forEach(({ role, content }, at) => put(`messages[${at}].content`, content, role));
  put('meta.sources', record.meta.sources?.join('\n'));
  return fields;
}

function cut(text: string | null): string | null {
  return text !== null && text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}
