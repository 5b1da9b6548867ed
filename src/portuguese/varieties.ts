/** Varieties that a project may write. Angola's and Mozambique's follow the European norm, with words of their own. */
export const VARIETIES = ['pt-PT', 'pt-BR', 'pt-AO', 'pt-MZ'] as const;
export type Variety = (typeof VARIETIES)[number];
