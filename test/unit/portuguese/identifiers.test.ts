import { strict as assert } from 'node:assert';
import {
  isCartaoCidadao,
  isCnpj,
  isCpf,
  isIban,
  isLuhn,
  isNif,
} from '../../../src/portuguese/identifiers/checkDigits';
import { identifiersIn } from '../../../src/portuguese/identifiers';
import { pseudonymOf } from '../../../src/portuguese/identifiers/pseudonym';
import { HELD_BACK, TUNED } from '../../bench/accuracy/identifierTemplates';
import { plantedTexts } from '../../bench/accuracy/identifierTexts';
import { accuracy } from '../../bench/accuracy/pii';

const found = (text: string): [string, string][] =>
  identifiersIn(text).map(({ kind, value }) => [kind, value]);

/** The pseudonym that a text's only identifier gets. */
function pseudonymIn(text: string): string {
  const identifiers = identifiersIn(text);
  assert.equal(identifiers.length, 1, text);
  return pseudonymOf(identifiers[0]!);
}

describe('check digits', () => {
  // Published examples: the tax authority's own number and such, the documentation of each scheme.
  it('hold for numbers that their issuers publish', () => {
    for (const nif of ['501442600', '501964843', '600084779']) assert.ok(isNif(nif), nif);
    assert.ok(isCartaoCidadao('000000000ZZ4'));
    assert.ok(isIban('PT50000201231234567890154'));
    assert.ok(isIban('GB29NWBK60161331926819'));
    assert.ok(isCpf('39053344705'));
    assert.ok(isCnpj('16727230000197'));
    assert.ok(isCnpj('12ABC34501DE35'));
    assert.ok(isLuhn('4111111111111111'));
  });

  it('fail for each single wrong digit, where the scheme can tell', () => {
    const schemes: [string, (digits: string) => boolean][] = [
      ['4111111111111111', isLuhn],
      ['PT50000201231234567890154', isIban],
    ];
    for (const [valid, check] of schemes) {
      for (let at = valid.search(/\d/); at < valid.length; at++) {
        const wrong = `${valid.slice(0, at)}${(Number(valid.charAt(at)) + 1) % 10}${valid.slice(at + 1)}`;
        assert.ok(!check(wrong), wrong);
      }
    }
  });

  it('do not make a CPF or CNPJ of equal digits', () => {
    assert.ok(!isCpf('11111111111'));
    assert.ok(!isCnpj('00000000000000'));
  });
});

describe('identifiers', () => {
  it('are found however they are written', () => {
    for (const text of ['501442600', '501 442 600', '501.442.600', '501\u00a0442\u00a0600', '501-442-600']) {
      assert.deepEqual(found(`NIF: ${text}.`), [['nif', text]]);
    }
    assert.deepEqual(found('IVA PT501442600'), [['nif', 'PT501442600']]);
    assert.deepEqual(found('IBAN PT50 0002 0123 1234 5678 9015 4 BIC BBPIPTPL'), [
      ['iban', 'PT50 0002 0123 1234 5678 9015 4'],
    ]);
    assert.deepEqual(found('Cartão 00000000 0 ZZ4'), [['cartao-cidadao', '00000000 0 ZZ4']]);
    assert.deepEqual(found('(+351) 21 345 67 89'), [['telefone', '(+351) 21 345 67 89']]);
    assert.deepEqual(found('CPF 390.533.447-05'), [['cpf', '390.533.447-05']]);
    assert.deepEqual(found('CNPJ 12.ABC.345/01DE-35'), [['cnpj', '12.ABC.345/01DE-35']]);
  });

  it('are all four series of number plates', () => {
    for (const plate of ['AB-12-34', '12-34-AB', '12-AB-34', 'AB-12-CD']) {
      assert.deepEqual(found(`O veículo ${plate} parou.`), [['matricula', plate]]);
    }
    assert.deepEqual(found('matrícula AB 12 CD'), [['matricula', 'AB 12 CD']]);
    assert.deepEqual(found('o corredor AB 12 CD'), []);
  });

  it('need their check digits', () => {
    for (const text of [
      'NIF 501442601',
      'IBAN PT50 0002 0123 1234 5678 9015 5',
      'Cartão de Cidadão 00000000 0 ZZ5',
      'CPF 390.533.447-06',
      'CNPJ 16.727.230/0001-98',
      'cartão de crédito 4111 1111 1111 1112',
    ]) {
      assert.deepEqual(found(text), [], text);
    }
  });

  it('are what the words before them say', () => {
    // 211234567 has the check digit of a tax number and the form of a telephone number of Lisbon.
    assert.ok(isNif('211234567'));
    assert.deepEqual(found('contribuinte n.º 211234567'), [['nif', '211234567']]);
    assert.deepEqual(found('tel. 211 234 567'), [['telefone', '211 234 567']]);
    assert.deepEqual(found('Ligue-me para o 211234567.'), [['telefone', '211234567']]);
    assert.deepEqual(found('telefone do contribuinte: 912345678'), [['telefone', '912345678']]);
    assert.deepEqual(found('O processo n.º 211234567 foi arquivado.'), []);
    assert.deepEqual(found('Custou 211 234 567 €.'), []);
    assert.deepEqual(found('Faturas n.os 211234567 e 501442600.'), []);
    assert.deepEqual(found('Tel. 912345678, NIF 501442600'), [
      ['telefone', '912345678'],
      ['nif', '501442600'],
    ]);
  });

  it('are not numbers of laws, ships, books and documents', () => {
    for (const text of [
      'Lei n.º 62/2013, de 26 de agosto',
      'Processo C-123/45',
      'ECLI:PT:STJ:2019:1234.19.8T8LSB.L1.S1.2F',
      'IMO 9074729, MMSI 263123456',
      'contentor MSCU1234567',
      '123 456 789 €',
      'ISBN 978-972-40-1234-5, ISSN 0870-8118',
      '38.722252, -9.139337',
      'CELEX 32016R0679',
      'doi:10.1000/501442600',
      'https://example.pt/f/501442600',
      'versão 501442600.1',
      'ABC501442600',
      '501442600,25',
    ]) {
      assert.deepEqual(found(text), [], text);
    }
  });

  it('are case numbers of parties, not of published decisions', () => {
    assert.deepEqual(found('No processo n.º 1234/19.8T8LSB-A, em que é autora a Ana,'), [
      ['processo', '1234/19.8T8LSB-A'],
    ]);
    assert.deepEqual(found('injunção 123/20.0YIPRT.L1'), [['processo', '123/20.0YIPRT.L1']]);
    assert.deepEqual(found('Ac. do STJ de 12-03-2020, proc. 1234/19.8T8LSB.L1.S1 (Relator: X)'), []);
    assert.deepEqual(
      found(
        'O acórdão da Relação do Porto de 3.2.2021, em que é réu o meu cliente (proc. 99/19.8T8PRT.P1)',
      ).map(([kind]) => kind),
      ['processo'],
    );
  });

  it('are addresses with street and postal code', () => {
    const address = 'Rua das Flores, n.º 12, 2.º Esq., 4050-265 Porto';
    assert.deepEqual(found(`Mora na ${address}, desde 2010.`), [['morada', address]]);
    assert.deepEqual(found('A Rua das Flores fica no Porto.'), []);
    assert.deepEqual(found('O código 4050-265 é do Porto.'), []);
  });

  it('are found at the rate that is promised, among look-alikes', async () => {
    for (const { rule, planted, found: right, wrong } of await accuracy()) {
      assert.ok(right / (right + wrong) >= 0.99, `${rule}: ${wrong} wrong`);
      assert.ok(right / planted >= 0.98, `${rule}: ${planted - right} missed`);
    }
  });
});

describe('pseudonyms', () => {
  it('are the same for every way of writing a value, and keep that way', () => {
    const plain = pseudonymIn('NIF 501442600');
    assert.equal(pseudonymIn('NIF 501 442 600').replaceAll(' ', ''), plain);
    assert.equal(pseudonymIn('NIF PT501442600'), `PT${plain}`);
    assert.match(pseudonymIn('NIF 501.442.600'), /^\d{3}\.\d{3}\.\d{3}$/);
    assert.notEqual(pseudonymIn('NIF 501964843'), plain);
    assert.equal(pseudonymIn('de Ana.Reis@sapo.pt'), pseudonymIn('para ana.reis@SAPO.pt'));
  });

  it('have right check digits', () => {
    assert.ok(isNif(pseudonymIn('NIF 501442600')));
    assert.ok(isIban(pseudonymIn('PT50000201231234567890154')));
    assert.ok(isIban(pseudonymIn('GB29NWBK60161331926819')));
    assert.ok(isCartaoCidadao(pseudonymIn('000000000ZZ4')));
    assert.ok(isCpf(pseudonymIn('CPF 39053344705')));
    assert.ok(isCnpj(pseudonymIn('CNPJ 16727230000197')));
    assert.ok(isLuhn(pseudonymIn('Visa 4111111111111111')));
  });

  it('are not reported again where they stand', () => {
    for (const { text } of plantedTexts([...TUNED, ...HELD_BACK], 99, 4000)) {
      let treated = text;
      for (const identifier of identifiersIn(text).reverse()) {
        treated =
          treated.slice(0, identifier.start) + pseudonymOf(identifier) + treated.slice(identifier.end);
      }
      assert.deepEqual(found(treated), [], `${text} → ${treated}`);
    }
  });
});
