import { IMPORT_TARGETS } from '../../protocol/importView';
import type { ImportTarget } from '../../protocol/importView';
import { fold } from '../textPattern';
import type { SourceKind } from './importSource';

/** By the name of the field; fields that are not named are ignored. */
export type Mapping = ReadonlyMap<string, ImportTarget>;

/** How people name such fields, in Portuguese and English, without accents. */
const NAMES: Readonly<Record<Exclude<ImportTarget, 'meta' | 'ignore'>, readonly string[]>> = {
  prompt: [
    'prompt', 'pergunta', 'perguntas', 'question', 'instruction', 'instrucao', 'input', 'contexto', 'context', 'consulta',
    'query', 'questao', 'enunciado', 'user', 'utilizador',
  ],
  answer: [
    'answer', 'resposta', 'respostas', 'response', 'output', 'completion', 'reply', 'parecer', 'assistant', 'assistente',
    'texto da resposta', 'solucao',
  ],
  system: ['system', 'sistema', 'system prompt'],
  conversation: ['messages', 'conversations', 'conversation', 'mensagens', 'conversa', 'dialogue'],
  chosen: ['chosen', 'preferida', 'resposta preferida', 'preferred'],
  rejected: ['rejected', 'rejeitada', 'resposta rejeitada'],
  topic: ['topic', 'tema', 'topico', 'category', 'categoria', 'assunto', 'area', 'materia'],
  status: ['status', 'estado', 'situacao'],
  sources: [
    'sources', 'source', 'fonte', 'fontes', 'referencia', 'referencias', 'legislacao', 'base legal', 'citations',
    'normas', 'artigos',
  ],
  id: ['id', 'identificador', 'external id', 'numero', 'n.o', 'no', 'num', 'ref'],
}; // prettier-ignore

/** What the fields most likely are, by their names. */
export function guessMapping(kind: SourceKind, names: readonly string[]): Map<string, ImportTarget> {
  const mapping = new Map<string, ImportTarget>();
  for (const name of names) mapping.set(name, guess(kind, name));
  // In tools that annotate one text, that text is the question.
  const has = (target: ImportTarget): boolean => [...mapping.values()].includes(target);
  const spoken = ['prompt', 'conversation', 'chosen'] as const;
  if (!spoken.some(has)) {
    const text = names.find((name) => ['text', 'texto', 'data'].includes(lastWord(name)));
    if (text !== undefined) mapping.set(text, 'prompt');
  }
  if (kind === 'doccano' && !has('answer')) {
    for (const name of ['label', 'labels']) if (mapping.has(name)) mapping.set(name, 'answer');
  }
  // A conversation says it all: question and answer beside it are parts of it.
  if (has('conversation') && !has('chosen')) {
    for (const [name, target] of mapping)
      if (target === 'prompt' || target === 'answer') mapping.set(name, 'ignore');
  }
  // Only one field can say who a record is, which state it is in and what it is about.
  for (const target of ['id', 'status', 'topic', 'system', 'conversation'] as const) {
    const all = [...mapping].filter(([, each]) => each === target).map(([name]) => name);
    const [best] = all.sort((a, b) => a.split('.').length - b.split('.').length);
    for (const name of all) if (name !== best) mapping.set(name, 'ignore');
  }
  return mapping;
}

function guess(kind: SourceKind, name: string): ImportTarget {
  const word = lastWord(name);
  // The state of an annotation task, or of a person's, says nothing of the record's own.
  for (const target of IMPORT_TARGETS) {
    if (target === 'meta' || target === 'ignore') continue;
    if (!NAMES[target].includes(word)) continue;
    if (kind === 'label-studio' && target === 'id' && name !== 'id') continue;
    return target;
  }
  return 'ignore';
}

function lastWord(name: string): string {
  const last = name.split('.').at(-1) ?? name;
  return fold(/^n\.\s?º?$/i.test(name.trim()) ? 'no' : last)
    .replace(/º/g, 'o')
    .replace(/[_\-\s]+/g, ' ')
    .trim();
}
