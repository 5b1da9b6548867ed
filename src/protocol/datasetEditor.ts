import * as z from 'zod/mini';
import { BULK_COMMANDS, bulkMethods, recordQuery } from './bulk';
import { method } from './channel';
import { FINDING_COMMANDS, findingMethods, findingName } from './findings';
import type { FindingName, RecordCheck, RecordFinding, RecordVariety } from './findings';
import { PREVIEW_COMMANDS, previewMethods } from './preview';
import { REVIEW_COMMANDS, reviewMethods } from './review';
import type { ReviewShown } from './review';

/** Longest text that one field may send, in UTF-16 units. */
const MAX_TEXT = 4_000_000;
const MAX_ROWS = 500;

const key = z.int();
const role = z.enum(['system', 'user', 'assistant']);
const status = z.enum(['draft', 'review', 'approved', 'rejected']);
const text = z.string().check(z.maxLength(MAX_TEXT));
const shortText = z.string().check(z.maxLength(10_000));
const turnIndex = z.int().check(z.gte(0), z.lte(100_000));

export type RecordStatus = z.infer<typeof status>;
export type TurnRole = z.infer<typeof role>;

/** One change of one record, as the form makes it. */
const recordChange = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('content'), turn: turnIndex, text }),
  z.object({ kind: z.literal('role'), turn: turnIndex, role }),
  z.object({ kind: z.literal('insertTurn'), at: turnIndex, role }),
  /** An earlier question and its answer, of a record that keeps them apart from the last ones. */
  z.object({ kind: z.literal('insertPair') }),
  z.object({ kind: z.literal('removeTurn'), turn: turnIndex }),
  z.object({ kind: z.literal('moveTurn'), from: turnIndex, to: turnIndex }),
  z.object({ kind: z.literal('id'), id: shortText }),
  z.object({ kind: z.literal('topic'), topic: shortText }),
  z.object({ kind: z.literal('status'), status }),
  z.object({ kind: z.literal('sources'), sources: z.array(shortText).check(z.maxLength(1000)) }),
  /** The model's answer becomes the record's last answer. */
  z.object({ kind: z.literal('answer'), text }),
  /** The whole line, for records that the form cannot show. */
  z.object({ kind: z.literal('raw'), text }),
]);
export type RecordChange = z.infer<typeof recordChange>;

/** What the list shows of one row. */
export interface RowSummary {
  readonly key: number;
  readonly index: number;
  readonly id: string;
  readonly title: string;
  readonly topic: string;
  /** As the file has it, known or not; empty when there is none. */
  readonly status: string;
  /** The row cannot be read as a record. */
  readonly broken: boolean;
  readonly edited: boolean;
  /** Another program and an unsaved edit have both changed it. */
  readonly conflict: boolean;
  readonly errors: number;
  readonly warnings: number;
}

/** How the record of another format is edited: what its turns are, and what they may become. */
export interface ShapeView {
  readonly name: 'messages' | 'sharegpt' | 'alpaca' | 'prompt-completion' | 'preference';
  /** As people know it; not translated. */
  readonly title: string;
  /** One for each turn. */
  readonly turns: readonly {
    readonly part: TurnPart;
    /** The record's own key, for a turn that is a text of its own. */
    readonly key: string | null;
    /** Path such as `conversations[1]`, which findings name. */
    readonly path: string;
    readonly can: {
      readonly role: boolean;
      readonly remove: boolean;
      readonly up: boolean;
      readonly down: boolean;
    };
  }[];
  /** Where a turn can be added; `key` is the text that it becomes, null one more turn of a list. */
  readonly additions: readonly {
    readonly at: number;
    readonly role: TurnRole;
    readonly part: TurnPart;
    readonly key: string | null;
  }[];
}
export type TurnPart = 'talk' | 'chosen' | 'rejected';

export interface RecordView {
  readonly key: number;
  readonly index: number;
  /** The document's version that this is a view of; it grows with every change. */
  readonly version: number;
  /** Null when the form cannot show it: then `raw` is to be repaired. */
  readonly record: {
    readonly id: string;
    readonly turns: readonly { readonly role: TurnRole; readonly content: string }[];
    readonly topic: string;
    readonly status: RecordStatus | null;
    readonly sources: readonly string[];
    /** Present when the record keeps its turns in another way than `messages`, which can hold any. */
    readonly shape?: ShapeView;
  } | null;
  /** The line itself; null when it is too long or no text. */
  readonly raw: string | null;
  readonly problem: string | null;
  /** The line is too long or no text: it can be repaired in a text editor. */
  readonly repairable: boolean;
  readonly conflict: ConflictView | null;
  readonly findings: readonly RecordFinding[];
  /** Null when nobody can say: no text, or no record. */
  readonly variety: RecordVariety | null;
  /** Null when the line cannot be read as a record. */
  readonly review: ReviewShown | null;
}

/** One field that the two sides of a conflict have differently; null where a side does not have it. */
export interface ConflictField {
  /** Path such as `messages[1].content`, or `line` for what cannot be read as a record. */
  readonly path: string;
  readonly role: TurnRole | null;
  readonly mine: string | null;
  readonly theirs: string | null;
}

export interface ConflictView {
  readonly kind: 'bothChanged' | 'removedThere' | 'removedHere';
  readonly fields: readonly ConflictField[];
}

/** How far a file that is being opened is known. */
export interface LoadingState {
  readonly fraction: number;
  /** Only the first rows are here, and no others come unless asked for. */
  readonly stopped: boolean;
  readonly problem: string | null;
}

export interface EditorState {
  readonly count: number;
  readonly topics: readonly { readonly id: string; readonly title: string }[];
  /** It can be read but not edited: one side of a comparison, for instance. */
  readonly readOnly: boolean;
  /** Null when the whole file is known. */
  readonly loading: LoadingState | null;
  readonly conflicts: number;
  /** The record that is to be shown first, when somebody asked for one. */
  readonly show: number | null;
  /** And the finding in it. */
  readonly showFinding: FindingName | null;
  /** Only records with a finding of this rule or family are to be shown. */
  readonly filter: string | null;
}

export interface PreviewChoices {
  readonly models: readonly {
    readonly key: string;
    readonly title: string;
    readonly state: 'ready' | 'download' | 'broken';
    readonly problem: string | null;
  }[];
  readonly adapters: readonly { readonly run: string; readonly title: string; readonly model: string }[];
  readonly model: string | null;
  readonly adapter: string | null;
}

export const PREVIEW_REMEDIES = ['openLog', 'openProject', 'showModels'] as const;
export type PreviewRemedy = (typeof PREVIEW_REMEDIES)[number];

/** Workbench commands whose keys may be pressed while the last characters typed are no edit yet. */
export const HELD_COMMANDS = ['undo', 'redo', 'save', 'close'] as const;
export type HeldCommand = (typeof HELD_COMMANDS)[number];

/** Commands of the palette and of keybindings that the page carries out, each as `afina.<name>`. */
export const EDITOR_COMMANDS = [
  'addRecord',
  'duplicateRecord',
  'deleteRecord',
  'nextRecord',
  'previousRecord',
  'addTurn',
  'deleteTurn',
  'moveTurnUp',
  'moveTurnDown',
  'setStatus',
  'searchRecords',
  'showConflicts',
  'nextConflict',
  'keepMine',
  'takeTheirs',
  'repairAsText',
  'stopLoading',
  'previewAnswer',
  'stopPreview',
  'useAnswer',
  ...PREVIEW_COMMANDS,
  ...BULK_COMMANDS,
  'openRecordText',
  'showPrompt',
  ...FINDING_COMMANDS,
  ...REVIEW_COMMANDS,
] as const;
export type EditorCommand = (typeof EDITOR_COMMANDS)[number];

const editorCommand = z.object({ command: z.enum(EDITOR_COMMANDS), status: z.nullable(status) });

/** What the extension host answers to the dataset editor's page. */
export const datasetEditorHostApi = {
  methods: {
    'editor/state': method<EditorState>()(z.object({})),
    /** Rows of the whole dataset, or of what the last search found. */
    'editor/page': method<{ readonly rows: readonly RowSummary[]; readonly total: number }>()(
      z.object({
        from: z.int().check(z.gte(0)),
        count: z.int().check(z.gte(1), z.lte(MAX_ROWS)),
        found: z.boolean(),
      }),
    ),
    /** The rows of these keys as they are now; those that are gone are left out. */
    'editor/rows': method<readonly RowSummary[]>()(
      z.object({ keys: z.array(key).check(z.maxLength(MAX_ROWS)) }),
    ),
    'editor/record': method<RecordView | null>()(z.object({ key })),
    /** The document's version after the change, or null when the record is gone. */
    'editor/edit': method<{ readonly version: number } | null>()(z.object({ key, change: recordChange })),
    /** What the checks say of a record with changes that are not made yet; null when it is gone. */
    'editor/check': method<RecordCheck | null>()(
      z.object({ key, changes: z.array(recordChange).check(z.maxLength(50)) }),
    ),
    ...findingMethods,
    /** Adds a record below `after` (null: at the end); a copy of `copy` when that is given. */
    'editor/add': method<{ readonly key: number; readonly index: number }>()(
      z.object({ after: z.nullable(key), copy: z.nullable(key) }),
    ),
    'editor/delete': method<null>()(z.object({ key })),
    /** Counts while it goes on; the result is the number of rows found. */
    'editor/search': method<
      { readonly found: number; readonly more: boolean },
      { readonly found: number; readonly scanned: number }
    >()(recordQuery),
    /** The records with conflicts become what is shown; the result is how many they are. */
    'editor/showConflicts': method<{ readonly found: number }>()(z.object({})),
    /** Key of the conflict behind the row `after`, going round; null when there is none. */
    'editor/nextConflict': method<number | null>()(z.object({ after: z.nullable(key) })),
    /** Settles the conflict of a record, or of all with null. */
    'editor/resolve': method<null>()(z.object({ key: z.nullable(key), side: z.enum(['mine', 'theirs']) })),
    /** Opens the line in a text editor, whatever is in it. */
    'editor/repair': method<null>()(z.object({ key })),
    'editor/load': method<null>()(z.object({ go: z.boolean() })),
    /** Index in the shown list of the row `key`, or -1. */
    'editor/indexOf': method<number>()(z.object({ key, found: z.boolean() })),
    /** Key of the row with this id; for pages that are opened again, where keys are others. */
    'editor/keyOfId': method<number | null>()(z.object({ id: shortText, index: z.int().check(z.gte(0)) })),
    ...bulkMethods,
    'preview/choices': method<PreviewChoices>()(z.object({})),
    'preview/choose': method<PreviewChoices>()(
      z.object({ model: z.nullable(shortText), adapter: z.nullable(shortText) }),
    ),
    ...previewMethods,
    'preview/download': method<PreviewChoices>()(z.object({ model: shortText })),
    'editor/openAsText': method<null>()(z.object({})),
    'editor/openRecordText': method<null>()(z.object({ key })),
    /** Shows the record's tokens in the preview and in training. */
    'editor/showPrompt': method<null>()(z.object({ key })),
    /** Shows what can be done about an error of a preview. */
    'preview/remedy': method<null>()(z.object({ remedy: z.enum(PREVIEW_REMEDIES) })),
    ...reviewMethods,
  },
  events: {
    'editor/changed': z.object({ structure: z.boolean(), all: z.boolean(), keys: z.array(key) }),
    'editor/findings': z.object({}),
    /** What the checks find in a row that differs from the file is known now, or is another number. */
    'editor/counted': z.object({ key }),
    'editor/loading': z.object({
      fraction: z.number(),
      stopped: z.boolean(),
      problem: z.nullable(z.string()),
    }),
    'editor/command': editorCommand,
    /** Shows a record, whatever was chosen before. */
    'editor/show': z.object({ key, finding: z.nullable(findingName) }),
    'editor/filter': z.object({ finding: shortText }),
    'preview/changed': z.object({}),
  },
} as const;

/** What the page answers to the extension host, and tells it. */
export const datasetEditorViewApi = {
  methods: {
    /** Sends what is still being typed; the host asks before it saves. */
    'view/flush': method<null>()(z.object({})),
  },
  events: {
    'view/previewing': z.object({ running: z.boolean() }),
    /** A key stroke that waits until what was being typed has become an edit. */
    'view/runCommand': z.object({ command: z.enum(HELD_COMMANDS) }),
  },
} as const;
