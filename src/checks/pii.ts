import { t } from '@vscode/l10n';
import { identifiersIn } from '../portuguese/identifiers';
import type { IdentifierKind } from '../portuguese/identifiers';
import { pseudonymOf } from '../portuguese/identifiers/pseudonym';
import type { RecordRules } from './rule';

/**
 * Identifiers of people and organisations, anywhere in a conversation: a model repeats what it was trained on. Warnings,
 * since a project may train on published data; one that may not sets `pii/*: error`, and submission is blocked.
 */
export const piiRules: RecordRules = {
  rules: {
    'pii/nif': 'warning',
    'pii/niss': 'warning',
    'pii/cartao-cidadao': 'warning',
    'pii/iban': 'warning',
    'pii/cartao-bancario': 'warning',
    'pii/telefone': 'warning',
    'pii/email': 'warning',
    'pii/morada': 'warning',
    'pii/matricula': 'warning',
    'pii/processo': 'warning',
    'pii/cpf': 'warning',
    'pii/cnpj': 'warning',
  },
  check(line, report) {
    for (const { content, contentPath: path } of line.turns) {
      for (const identifier of identifiersIn(content)) {
        const { kind, start, end } = identifier;
        const text = pseudonymOf(identifier);
        report({
          rule: `pii/${kind}`,
          path,
          textRange: { start, end },
          message: t(
            'This is {0}: it tells who somebody is. Replace it with a pseudonym, or leave it out.',
            nameOf(kind),
          ),
          fix: { title: t('Replace with the pseudonym {0}', text), edits: [{ path, start, end, text }] },
        });
      }
    }
  },
};

function nameOf(kind: IdentifierKind): string {
  switch (kind) {
    case 'nif':
      return t('a Portuguese tax number (NIF)');
    case 'niss':
      return t('a Portuguese social security number (NISS)');
    case 'cartao-cidadao':
      return t('the number of a Cartão de Cidadão');
    case 'iban':
      return t('a bank account (IBAN)');
    case 'cartao-bancario':
      return t('the number of a bank card');
    case 'telefone':
      return t('a telephone number');
    case 'email':
      return t('an e-mail address');
    case 'morada':
      return t('a postal address');
    case 'matricula':
      return t('the number plate of a vehicle');
    case 'processo':
      return t('the number of a court case');
    case 'cpf':
      return t('a Brazilian tax number (CPF)');
    case 'cnpj':
      return t('the number of a Brazilian company (CNPJ)');
  }
}
