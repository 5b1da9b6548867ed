// Sentences with valid identifiers and with what looks like them, from a seed. The check digits are computed here in
// another way than in src: by trying all of them until the definition's congruence holds.

export interface PlantedText {
  readonly text: string;
  readonly expected: readonly { readonly kind: string; readonly start: number; readonly end: number }[];
}

/** mulberry32 */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

class Maker {
  constructor(private readonly random: () => number) {}

  below(limit: number): number {
    return Math.floor(this.random() * limit);
  }

  pick<T>(list: readonly T[]): T {
    const chosen = list[this.below(list.length)];
    if (chosen === undefined) throw new Error('an empty list');
    return chosen;
  }

  digits(count: number): string {
    return Array.from({ length: count }, () => this.below(10)).join('');
  }

  letters(count: number, from = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'): string {
    return Array.from({ length: count }, () => from.charAt(this.below(from.length))).join('');
  }
}

const sum = (text: string, weights: (at: number) => number): number =>
  Array.from(text).reduce((total, character, at) => total + Number.parseInt(character, 36) * weights(at), 0);

/** The text with the ending, of so many digits, for which `valid` holds. */
function completed(text: string, count: number, valid: (whole: string) => boolean): string | undefined {
  for (let ending = 0; ending < 10 ** count; ending++) {
    const whole = `${text}${String(ending).padStart(count, '0')}`;
    if (valid(whole)) return whole;
  }
  return undefined;
}

function big97(characters: string): number {
  const digits = Array.from(characters)
    .map((character) => Number.parseInt(character, 36))
    .join('');
  return Number(BigInt(digits) % 97n);
}

const luhn = (text: string): boolean =>
  Array.from(text)
    .reverse()
    .reduce((total, character, at) => {
      const value = Number.parseInt(character, 36) * (1 + (at % 2));
      return total + (at % 2 === 1 && value > 9 ? value - 9 : value);
    }, 0) %
    10 ===
  0;

type Make = (maker: Maker) => string;

/** Until the maker's first part has check digits at all (a remainder of 10 has none of its own). */
function made(
  maker: Maker,
  first: (maker: Maker) => string,
  finish: (first: string) => string | undefined,
): string {
  for (;;) {
    const whole = finish(first(maker));
    if (whole !== undefined) return whole;
  }
}

const mod11 = (text: string): boolean => {
  const rest = sum(text.slice(0, -1), (at) => text.length - at) % 11;
  return Number(text.slice(-1)) === (rest < 2 ? 0 : 11 - rest);
};

const spaced = (text: string, groups: readonly number[], separator: string): string => {
  let at = 0;
  return groups.map((length) => text.slice(at, (at += length))).join(separator);
};

const nif: Make = (maker) =>
  made(
    maker,
    (m) => {
      const prefix = m.pick([
        '1',
        '2',
        '2',
        '2',
        '3',
        '45',
        '5',
        '5',
        '6',
        '70',
        '71',
        '72',
        '74',
        '75',
        '77',
        '78',
        '79',
        '8',
        '90',
        '98',
        '99',
      ]);
      return `${prefix}${m.digits(8 - prefix.length)}`;
    },
    (first) => completed(first, 1, mod11),
  );
const niss: Make = (maker) =>
  made(
    maker,
    (m) => `${m.pick(['1', '1', '2'])}${m.digits(9)}`,
    (first) =>
      completed(first, 1, (whole) => {
        const primes = [29, 23, 19, 17, 13, 11, 7, 5, 3, 2];
        return (sum(whole.slice(0, 10), (at) => primes[at] ?? 0) + Number(whole.slice(10)) - 9) % 10 === 0;
      }),
  );
const cc: Make = (maker) =>
  made(
    maker,
    (m) => {
      const number = completed(`${m.pick(['0', '1', '2', '3'])}${m.digits(7)}`, 1, mod11) ?? '';
      return `${number}Z${m.pick(['Z', 'Y', 'X', 'W', 'V'])}`;
    },
    (first) => completed(first, 1, luhn),
  );
const ptIban: Make = (maker) => {
  const bank = maker.pick([
    '0002',
    '0007',
    '0010',
    '0018',
    '0023',
    '0033',
    '0035',
    '0036',
    '0045',
    '0193',
    '0269',
    '5180',
  ]);
  const nib = completed(`${bank}${maker.digits(15)}`, 2, (whole) => big97(whole) === 1) ?? '';
  return `PT50${nib}`;
};
const foreignIban: Make = (maker) => {
  const [country, account] = maker.pick([
    ['ES', `2100${maker.digits(16)}`],
    ['DE', `37040044${maker.digits(10)}`],
    ['FR', `30006${maker.digits(18)}`],
    ['GB', `NWBK${maker.digits(14)}`],
    ['NL', `ABNA${maker.digits(10)}`],
    ['AO', `0040${maker.digits(17)}`],
  ] as const);
  for (let check = 2; check < 99; check++) {
    const digits = String(check).padStart(2, '0');
    if (big97(`${account}${country}${digits}`) === 1) return `${country}${digits}${account}`;
  }
  throw new Error('an IBAN always has check digits');
};
const cardNumber: Make = (maker) =>
  made(
    maker,
    (m) => {
      const first = m.pick(['4', '4', '51', '53', '55', '2221', '2530', '6011', '3530']);
      return `${first}${m.digits(15 - first.length)}`;
    },
    (first) => completed(first, 1, luhn),
  );
const amex: Make = (maker) =>
  made(
    maker,
    (m) => `3${m.pick(['4', '7'])}${m.digits(12)}`,
    (first) => completed(first, 1, luhn),
  );
const cpf: Make = (maker) =>
  made(
    maker,
    (m) => m.digits(9),
    (first) => completed(completed(first, 1, mod11) ?? '', 1, (whole) => mod11(whole)),
  );
const cnpj: Make = (maker) =>
  made(
    maker,
    (m) => `${m.digits(8)}000${m.pick(['1', '1', '1', '2', '7'])}`,
    (first) => {
      const check = (whole: string): boolean => {
        const rest = sum(whole.slice(0, -1), (at) => ((whole.length - 2 - at) % 8) + 2) % 11;
        return Number(whole.slice(-1)) === (rest < 2 ? 0 : 11 - rest);
      };
      return completed(completed(first, 1, check) ?? '', 1, check);
    },
  );
const alphaCnpj: Make = (maker) => {
  const first = `${maker.letters(8, 'ABCDEFGHJKLMNPRSTVWXYZ0123456789')}${maker.pick(['0001', '0002', '0A1B'])}`;
  const value = (text: string): number =>
    Array.from(text).reduce(
      (total, c, at) => total + (c.charCodeAt(0) - 48) * (((text.length - 1 - at) % 8) + 2),
      0,
    ) % 11;
  const digit = (text: string): number => (value(text) < 2 ? 0 : 11 - value(text));
  const one = `${first}${digit(first)}`;
  return `${one}${digit(one)}`;
};
const mobile: Make = (maker) => `9${maker.pick(['1', '2', '3', '6'])}${maker.digits(7)}`;
const landline: Make = (maker) => {
  const area = maker.pick([
    '21',
    '21',
    '22',
    '231',
    '234',
    '239',
    '253',
    '261',
    '266',
    '282',
    '289',
    '291',
    '296',
  ]);
  return `${area}${maker.digits(9 - area.length)}`;
};

const joiner = (m: Maker): string => m.pick([' ', ' ', ' ', '\u00a0', '.']);
const three = (text: string, m: Maker): string => spaced(text, [3, 3, 3], joiner(m));
const anyForm = (text: string, m: Maker): string => (m.below(2) === 0 ? text : three(text, m));
const phoneForm = (text: string, m: Maker): string =>
  m.pick([
    text,
    spaced(text, [3, 3, 3], ' '),
    spaced(text, [2, 3, 2, 2], ' '),
    spaced(text, [3, 3, 3], '-'),
    spaced(text, [3, 3, 3], '\u00a0'),
  ]);
const cpfForm = (text: string): string => `${spaced(text.slice(0, 9), [3, 3, 3], '.')}-${text.slice(9)}`;
const cnpjForm = (text: string): string =>
  `${spaced(text.slice(0, 8), [2, 3, 3], '.')}/${text.slice(8, 12)}-${text.slice(12)}`;
const four = (text: string): string => text.replace(/(.{4})(?=.)/g, '$1 ');
const unit: Make = (m) =>
  `${1 + m.below(9999)}/${String(m.below(26)).padStart(2, '0')}.${m.below(10)}${m.pick(['T8LSB', 'T8PRT', 'T8VNG', 'TBMTS', 'TJLSB', 'YIPRT', 'BELSB', 'BEPRT', 'PBBRG', 'GAMTS', 'JAPRT', 'T8CBR', 'TTLSB'])}`;
const otherDigit = (text: string, m: Maker): string =>
  `${text.slice(0, -1)}${(Number(text.slice(-1)) + 1 + m.below(8)) % 10}`;

/** Values by the name that templates call them by, with the kind that they are found as; null for look-alikes. */
const VALUES: Readonly<Record<string, readonly [kind: string | null, make: Make]>> = {
  nif: ['nif', (m) => anyForm(nif(m), m)],
  vat: ['nif', (m) => `PT${nif(m)}`],
  niss: ['niss', (m) => anyNiss(niss(m), m)],
  cc: [
    'cartao-cidadao',
    (m) => {
      const t = cc(m);
      return m.pick([
        t,
        `${t.slice(0, 8)} ${t.charAt(8)} ${t.slice(9)}`,
        `${t.slice(0, 8)}-${t.charAt(8)}-${t.slice(9)}`,
        `${t.slice(0, 8)} ${t.slice(8)}`,
      ]);
    },
  ],
  iban: [
    'iban',
    (m) => {
      const t = m.below(3) > 0 ? ptIban(m) : foreignIban(m);
      return m.below(2) === 0 ? t : four(t);
    },
  ],
  nib: [
    'iban',
    (m) => {
      const t = ptIban(m).slice(4);
      return m.pick([t, spaced(t, [4, 4, 11, 2], ' ')]);
    },
  ],
  card: [
    'cartao-bancario',
    (m) => m.pick([(t: string) => t, four, (t: string) => four(t).replaceAll(' ', '-')])(cardNumber(m)),
  ],
  amex: [
    'cartao-bancario',
    (m) => {
      const t = amex(m);
      return m.pick([t, spaced(t, [4, 6, 5], ' ')]);
    },
  ],
  mobile: ['telefone', (m) => phoneForm(mobile(m), m)],
  landline: ['telefone', (m) => phoneForm(landline(m), m)],
  abroad: [
    'telefone',
    (m) =>
      m.pick(['+351 ', '+351', '00351 ', '(+351) ']) +
      phoneForm(m.below(2) === 0 ? mobile(m) : landline(m), m),
  ],
  foreign: [
    'telefone',
    (m) =>
      m.pick([
        `+34 6${m.digits(2)} ${m.digits(3)} ${m.digits(3)}`,
        `+44 20 7${m.digits(3)} ${m.digits(4)}`,
        `+244 923 ${m.digits(3)} ${m.digits(3)}`,
        `+55 11 9${m.digits(4)}-${m.digits(4)}`,
        `+258 84 ${m.digits(3)} ${m.digits(4)}`,
      ]),
  ],
  brazil: ['telefone', (m) => `(${m.pick(['11', '21', '31', '85'])}) 9${m.digits(4)}-${m.digits(4)}`],
  email: [
    'email',
    (m) =>
      `${m.pick(['ana.sousa', 'j.pereira', 'geral', 'rui_costa', 'marta-lopes', 'carlos.m.dias'])}${m.below(2) === 0 ? '' : m.digits(2)}@${m.pick(['sapo.pt', 'gmail.com', 'advogados.com.pt', 'cm-viseu.pt', 'example.pt', 'uol.com.br'])}`,
  ],
  address: [
    'morada',
    (m) =>
      `${m.pick(['Rua das Flores', 'Av. da República', 'Travessa do Carmo', 'Praceta João Villaret', 'Largo do Rossio', 'R. Dr. António José de Almeida', 'Rua 25 de Abril', 'Estrada Nacional 10'])}${m.pick([', n.º ', ', ', ' '])}${1 + m.below(200)}${m.pick(['', ', 2.º Esq.', ', r/c dto.', ' - 3.º A'])}${m.pick([', ', ' ', '\n'])}${m.pick(['1250', '4050', '3000', '8000', '9500', '2750'])}-${String(1 + m.below(998)).padStart(3, '0')} ${m.pick(['Lisboa', 'Porto', 'Coimbra', 'Faro', 'Ponta Delgada', 'Vila Nova de Gaia'])}`,
  ],
  plate: [
    'matricula',
    (m) => {
      const L = 'ABCDEFGHIJLMNOPQRSTUVXZ';
      return m.pick([
        `${m.letters(2, L)}-${m.digits(2)}-${m.digits(2)}`,
        `${m.digits(2)}-${m.digits(2)}-${m.letters(2, L)}`,
        `${m.digits(2)}-${m.letters(2, L)}-${m.digits(2)}`,
        `${m.letters(2, L)}-${m.digits(2)}-${m.letters(2, L)}`,
      ]);
    },
  ],
  process: ['processo', (m) => `${unit(m)}${m.pick(['', '', '-A', '.L1', '.P1.S1', '-B.C1'])}`],
  cpf: ['cpf', (m) => (m.below(3) === 0 ? cpf(m) : cpfForm(cpf(m)))],
  cnpj: ['cnpj', (m) => (m.below(3) === 0 ? cnpj(m) : cnpjForm(cnpj(m)))],
  alpha: ['cnpj', (m) => cnpjForm(alphaCnpj(m))],
  // What looks like them.
  badNif: [null, (m) => anyForm(otherDigit(nif(m), m), m)],
  badNiss: [null, (m) => otherDigit(niss(m), m)],
  badCc: [
    null,
    (m) => {
      const t = otherDigit(cc(m), m);
      return `${t.slice(0, 8)} ${t.charAt(8)} ${t.slice(9)}`;
    },
  ],
  badIban: [
    null,
    (m) => {
      const t = otherDigit(ptIban(m), m);
      return m.below(2) === 0 ? t : four(t);
    },
  ],
  badCard: [null, (m) => four(otherDigit(cardNumber(m), m))],
  badCpf: [null, (m) => cpfForm(otherDigit(cpf(m), m))],
  badCnpj: [null, (m) => cnpjForm(otherDigit(cnpj(m), m))],
  nine: [null, nif],
  nineSpaced: [null, (m) => spaced(nif(m), [3, 3, 3], ' ')],
  nineDots: [null, (m) => spaced(nif(m), [3, 3, 3], '.')],
  mmsi: [
    null,
    (m) =>
      made(
        m,
        (x) => `263${x.digits(5)}`,
        (first) => completed(first, 1, mod11),
      ),
  ],
  eleven: [null, niss],
  fourteen: [null, cnpj],
  sixteen: [null, cardNumber],
  law: [null, (m) => `${1 + m.below(400)}/${1950 + m.below(76)}`],
  cited: [null, (m) => `${unit(m)}${m.pick(['.L1.S1', '.P1', '.C1.S1', '.E1', '.G1.S1', '.S1'])}`],
  imo: [null, (m) => `9${m.digits(6)}`],
  box: [null, (m) => `${m.pick(['MSCU', 'MAEU', 'TCLU'])}${m.digits(7)}`],
  isbn: [
    null,
    (m) =>
      m.pick([
        `978-972-40-${m.digits(4)}-${m.below(10)}`,
        `978972${m.digits(7)}`,
        `978 972 ${m.digits(2)} ${m.digits(4)} ${m.below(10)}`,
      ]),
  ],
  issn: [null, (m) => `${m.digits(4)}-${m.digits(4)}`],
  celex: [null, (m) => `3${1990 + m.below(36)}R${m.digits(4)}`],
  cjeu: [null, (m) => `C-${1 + m.below(900)}/${m.digits(2)}`],
  date: [
    null,
    (m) =>
      `${String(1 + m.below(28)).padStart(2, '0')}.${String(1 + m.below(12)).padStart(2, '0')}.${1990 + m.below(36)}`,
  ],
  day: [
    null,
    (m) =>
      `${1990 + m.below(36)}-${String(1 + m.below(12)).padStart(2, '0')}-${String(1 + m.below(28)).padStart(2, '0')}`,
  ],
  geo: [null, (m) => `38.${m.digits(6)}, -9.${m.digits(6)}`],
  code: [null, (m) => `${m.letters(2)}-${m.digits(2)}-${m.digits(2)}`],
  doi: [null, (m) => `10.${m.digits(4)}/${nif(m)}`],
  ecli: [null, (m) => `ECLI:PT:STJ:${2010 + m.below(15)}:${unit(m)}.L1.S1.${m.letters(2)}`],
  years: [null, (m) => `${1900 + m.below(90)}-${2000 + m.below(26)}`],
};

function anyNiss(text: string, m: Maker): string {
  return m.pick([text, text, spaced(text, [3, 3, 3, 2], ' '), spaced(text, [1, 3, 3, 3, 1], ' ')]);
}

/** Plants the values in templates: `{nif}` is one. */
export function plantedTexts(templates: readonly string[], seed: number, count: number): PlantedText[] {
  const maker = new Maker(randomOf(seed));
  return Array.from({ length: count }, (_, at) => {
    const template = templates[at % templates.length] ?? '';
    let text = '';
    let from = 0;
    const expected: { kind: string; start: number; end: number }[] = [];
    for (const hole of template.matchAll(/\{(\w+)\}/g)) {
      const value = VALUES[hole[1] ?? ''];
      if (value === undefined) throw new Error(`no value ${hole[0]}`);
      text += template.slice(from, hole.index);
      from = hole.index + hole[0].length;
      const [kind, make] = value;
      const written = make(maker);
      if (kind !== null) expected.push({ kind, start: text.length, end: text.length + written.length });
      text += written;
    }
    return { text: text + template.slice(from), expected };
  });
}
