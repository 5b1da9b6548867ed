import { tokensOf } from './lexemes';

/**
 * `note`: what an author left to do. `gap`: what somebody is told to insert. `field`: a blank of a form. `model`: a model that speaks of itself. `filler`: text
 * that stands for text.
 */
export type PlaceholderKind = 'note' | 'gap' | 'field' | 'model' | 'filler';

export interface Placeholder {
  readonly kind: PlaceholderKind;
  readonly start: number;
  readonly end: number;
}

const NOTE =
  /(?<![\p{L}\d_])(?:TODO|FIXME|TBD|TBC|X{3,}|A (?:PREENCHER|COMPLETAR|DEFINIR|REVER|CONFIRMAR)|POR (?:PREENCHER|COMPLETAR))(?![\p{L}\d_])/gu;
/** TODO is a word, too, and XXX a number. */
const CAPITAL_BESIDE = /^[,\s]*\p{Lu}{1,}(?![\p{Ll}])/u;
const NUMBERED =
  /(?<!\p{L})(?:cap[íi]tulo|t[íi]tulo|sec[çc][ãa]o|s[ée]culo|s[ée]c\.|anexo|livro|parte|vol(?:ume|\.)|tomo|artigo|art\.|n\.?º|cl[áa]usula|inciso|base|canto|salmo|papa|emenda|edi[çc][ãa]o|jo[ãa]o|congresso|[IVXLC]+[-–])\s*$/iu;

const FIELD_WORDS =
  'inserir|insira|insere|preencher|preencha|preenche|completar|complete|indicar|indique|adicionar|acrescentar|colocar|coloque|escrever|escreva|substituir|especificar|mencionar|' +
  'nome|data|dia|m[êe]s|ano|morada|endere[çc]o|localidade|local|cidade|concelho|freguesia|pa[íi]s|valor|montante|quantia|pre[çc]o|n[úu]mero|n\\.?º|assinatura|cargo|fun[çc][ãa]o|profiss[ãa]o|empresa|entidade|tribunal|juízo|comarca|nif|nipc|niss|cpf|cnpj|rg|cc|iban|t[íi]tulo|assunto|texto|resposta|pergunta|motivos?|prazo|estado civil|nacionalidade|contacto|telefone|e-?mail|c[óo]digo postal|rua|a definir|a preencher|a completar|a confirmar|a indicar|identifica[çc][ãa]o|descri[çc][ãa]o|descrever|parte|comprador[a]?|vendedor[a]?|senhorio|inquilino|arrendat[áa]ri[oa]|outorgante|requerente|requerido|autor|r[ée]u|cliente|advogad[oa]|your|insert|name|date|address|placeholder';
const FIELD = new RegExp(
  `\\[(?:o |a |os |as |seu |sua |o seu |a sua )?(?:${FIELD_WORDS})(?![\\p{L}])[^\\]\\n]{0,80}\\](?!\\()` +
    `|<(?:inserir|insira|preencher|nome|data|morada|valor|NOME|DATA)(?![\\p{L}])[^<>\\n]{0,60}>` +
    `|\\{\\{[^{}\\n]{1,60}\\}\\}|\\{(?:${FIELD_WORDS})(?![\\p{L}])[^{}\\n]{0,40}\\}` +
    `|(?<![\\p{L}\\d_])_{3,}(?![\\p{L}\\d_])|\\.{8,}|…{3,}`,
  'giu',
);
/** A field that says what to do with it. */
const GAP =
  /^[[{](?:o |a )?(?:inserir|insira|insere|preench|complete|completar|indicar|indique|adicionar|acrescentar|coloc|escrev|substitu|especific|mencion|your|insert|placeholder|a preencher|a completar)|^\{\{|^</iu;
/** Comments of lawyers inside quotations. */
const OF_QUOTATION =
  /^\[(?:texto|nome|data|valor|parte) (?:suprimid|omitid|rasurad|ileg[íi]vel|anonimizad|oculta)/iu;

const FILLER = /lorem ipsum|dolor sit amet|texto (?:de exemplo|fictício) aqui|asdf(?:gh|asdf)/giu;

const MODEL =
  /(?<!\p{L})(?:(?:como|enquanto|sendo|por ser|na qualidade de|sou(?: apenas| s[óo])?|sendo eu)(?: um| uma)? (?:grande )?(?:modelo de (?:linguagem|l[íi]ngua|IA)|modelo lingu[íi]stico|(?:IA|intelig[êe]ncia artificial)(?= *,| não| treinada)|assistente (?:de (?:IA|intelig[êe]ncia artificial)|virtual|digital)|chatbot)|as an? (?:AI|artificial intelligence|(?:large )?language model)(?: language model| assistant| model)?|i am an? (?:AI|language model)|(?:minha|meus?) (?:data de corte|dados de treino|conhecimento (?:vai|termina|est[áa] limitado|limita-se)|treinamento|[úu]ltima atualiza[çc][ãa]o)|data de corte d[oe](?:s)? (?:meus?|conhecimentos?|treino|treinamento|modelo)|(?:não tenho|sem) acesso (?:à internet|em tempo real|a informa[çc](?:ão|ões) em tempo real)|knowledge cut-?off|my training data|desenvolvido pela (?:OpenAI|Anthropic|Google|Meta))(?!\p{L})/giu;

/** What the patterns cannot do without, so that most texts are read but once. */
const MAY_BE =
  /[[<{]|___|TODO|FIXME|TB[DC]|XXX|PREENCHER|COMPLETAR|DEFINIR|REVER|CONFIRMAR|\.{8}|………|orem ipsum|OREM IPSUM|dolor sit|exto de exemplo|exto fict|asdf|odelo (?:de|lingu)|(?<!\p{L})(?:IA|AI)(?!\p{L})|ntelig[êe]ncia a|ssistente (?:de|vir|dig)|hatbot|data de corte|dados de treino|conhecimento (?:vai|ter|est|lim)|treinamento|ltima atualiza|acesso (?:à int|em tem|a inf)|language model|nowledge cut|training data|OpenAI|Anthropic|Google|Meta/u;

const SIGNS = ['[', '<', '{', '___', '........', '………'];
/** Of the words above those that are seldom written for anything else, or parts of the others. */
const WORDS =
  /TODO|FIXME|TB[DC]|XXX|PREENCHER|COMPLETAR|DEFINIR|REVER|CONFIRMAR|orem|OREM|dolor|exto|asdf|odelo|(?<!\p{L})(?:IA|AI)(?!\p{L})|ntelig[êe]ncia|ssistente|hatbot|corte|treino|conhecimento|treinamento|ltima|acesso|language|nowledge|training|OpenAI|Anthropic|Google|Meta/u;

/** Whether `MAY_BE` can match: words are asked once each, however often they stand there. */
function hasHint(text: string): boolean {
  if (SIGNS.some((sign) => text.includes(sign))) return true;
  return tokensOf(text).lexemes.some(
    (lexeme) => (lexeme.placeholder ??= lexeme.isWord && WORDS.test(lexeme.text)),
  );
}

/** Placeholders in order. `ofModel`: whether the text is a model's to say, where it should not speak of itself. */
export function placeholdersIn(text: string, ofModel: boolean): Placeholder[] {
  if (!hasHint(text) || !MAY_BE.test(text)) return [];
  const found: Placeholder[] = [];
  let fenced: ReturnType<typeof fences> | undefined;
  const add = (kind: PlaceholderKind, { index, 0: written }: RegExpExecArray): void => {
    fenced ??= fences(text);
    if (fenced.some(([start, end]) => index >= start && index < end)) return;
    found.push({ kind, start: index, end: index + written.length });
  };
  for (const match of text.matchAll(NOTE)) if (isNote(text, match)) add('note', match);
  for (const match of text.matchAll(FIELD))
    if (!OF_QUOTATION.test(match[0])) add(GAP.test(match[0]) ? 'gap' : 'field', match);
  for (const match of text.matchAll(FILLER)) add('filler', match);
  if (ofModel) for (const match of text.matchAll(MODEL)) add('model', match);
  return found.sort((a, b) => a.start - b.start);
}

function isNote(text: string, { index, 0: word }: RegExpExecArray): boolean {
  const before = text.slice(Math.max(0, index - 24), index);
  const behind = text.slice(index + word.length, index + word.length + 24);
  if (word === 'XXX' && /^\/\d/.test(behind)) return true;
  if (word === 'XXX')
    return (
      !NUMBERED.test(before) &&
      !/^(?:[-–]|\s+(?:Congresso|Encontro|Jornadas|Governo|Legislatura))/.test(behind)
    );
  if (!/^(?:TODO|A |POR )/.test(word)) return true;
  // Among other capitals these are words of a heading.
  if (CAPITAL_BESIDE.test(behind) || /\p{Lu}{2,}[,\s]*$/u.test(before)) return false;
  return word !== 'TODO' || /^\s*(?:[:([\]).]|$|-|–|\n)/.test(behind) || /[[(<]\s*$/.test(before);
}

/** Code has brackets and underscores of its own. */
function fences(text: string): [number, number][] {
  if (!text.includes('```')) return [];
  const found: [number, number][] = [];
  let open: number | undefined;
  for (let at = text.indexOf('```'); at !== -1; at = text.indexOf('```', at + 3)) {
    if (open === undefined) open = at;
    else {
      found.push([open, at]);
      open = undefined;
    }
  }
  return found;
}

/** Requests that a form with blanks is the right answer to. */
export const ASKS_FOR_FORM =
  /(?<!\p{L})(?:redi[gj]\p{L}*|minut\p{L}+|modelos? de|formul[áa]rios?|template|esbo[çc]\p{L}+|rascunh\p{L}+|lacunas?|espa[çc]os? em branco|preench\p{L}+|(?:escrev|elabor|prepar|cri|fa[çz]|d[áê]|ger|exemplo|apresent)\p{L}*(?:-me)? (?:\S+ ){0,4}(?:cartas?|contratos?|requerimentos?|procura[çc][ãa]o|declara[çc][ãa]o|e-?mails?|of[íi]cios?|recursos?|reclama[çc][ãa]o|peti[çc][ãa]o|atas?|acordos?|aditamentos?|comunica[çc][ãa]o|notifica[çc][ãa]o|avisos?|recibos?|convocat[óo]rias?|editais|edital|cl[áa]usulas?|participa[çc][ãa]o|termos?|exerc[íi]cios?|fichas?|testes?|den[úu]ncia|protestos?|mensage(?:m|ns)|anúncios?|relat[óo]rios?))(?!\p{L})/iu;
