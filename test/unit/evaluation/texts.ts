// Portuguese answers and references for the metrics: what people write, and what breaks tokenizers.

export const PAIRS: readonly { readonly answer: string; readonly reference: string }[] = [
  {
    answer:
      'O contrato de transporte de mercadorias por mar é aquele em que uma das partes se obriga, mediante retribuição, a deslocar mercadorias.',
    reference:
      'É o contrato pelo qual uma das partes se obriga, perante a outra, a transportar mercadorias por mar, mediante uma retribuição denominada frete.',
  },
  { answer: 'O navio é português.', reference: 'O navio é português.' },
  { answer: 'Não.', reference: 'Não é lícita a ação; é ilícita.' },
  { answer: '', reference: 'O armador responde.' },
  { answer: 'O armador responde.', reference: '' },
  { answer: '', reference: '' },
  { answer: '...', reference: '!?' },
  { answer: '«Navio» (art. 1.º, n.º 2, al. a))', reference: '(«navio»), art. 1.º, n.º 2, alínea a)' },
  { answer: '🚢⚓ O navio 🚢 partiu', reference: '🚢 O navio partiu ⚓' },
  { answer: 'a', reference: 'a' },
  { answer: 'á', reference: 'a\u0301' },
  { answer: '(', reference: '(' },
  { answer: '((olá))', reference: '(olá)' },
  { answer: 'Linha um.\nLinha dois.\r\n\tLinha três.', reference: 'Linha um. Linha dois.\u00a0Linha três.' },
  { answer: 'AÇÃO E REAÇÃO', reference: 'ação e reação' },
  { answer: 'x\u200by\ufeffz', reference: 'x y z' },
  { answer: 'a\x1cb\x85c', reference: 'a b c' },
  { answer: 'İstambul ẞ ſ K', reference: 'istambul ss s k' },
  { answer: 'o o o o o o o', reference: 'o' },
  { answer: '1 234,56 € em 2024', reference: '1.234,56 euros, em 2024.' },
];
