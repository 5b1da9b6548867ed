/** A diploma that goes by a name. */
export interface NamedDiploma {
  readonly code: string;
  readonly name: string;
  readonly type: string;
  /** Abbreviations that mean nothing else, and ones that only stand beside an article. */
  readonly free?: readonly string[];
  readonly bound?: readonly string[];
  readonly alias?: readonly string[];
  /** The diplomas that approved it, as keys of identity: `decreto-lei|47344|1966`. */
  readonly approvedBy?: readonly string[];
  readonly celex?: string;
  readonly style?: 'br';
}

type Row = readonly [
  code: string,
  name: string,
  free: string,
  bound: string,
  more?: Partial<Pick<NamedDiploma, 'alias' | 'approvedBy' | 'celex' | 'style'>>,
];

// Names, abbreviations (separated by spaces), and the diplomas that approve them, where that is one of Portugal and
// one of Brazil.
const ROWS: readonly Row[] = [
  ['crp', 'Constituição da República Portuguesa', 'CRP', 'Const.', { alias: ['Lei Fundamental'] }],
  [
    'cf',
    'Constituição Federal',
    'CRFB CRFB/88 CF/88 CF/1988 CRFB/1988 CRFBI88',
    'CF CR',
    {
      alias: [
        'Constituição da República Federativa do Brasil',
        'Constituição da República',
        'Carta Magna',
        'Carta da República',
        'Carta Política',
        'Constituição de 1988',
        'Constituição Brasileira',
        'Constituição do Brasil',
        'Carta de 1988',
        'Lei Maior',
        'Carta Federal',
        'Carta Constitucional',
        'Constituição Estadual',
      ],
    },
  ],
  [
    'cc',
    'Código Civil',
    'CCiv CCivil',
    'CC C.C. CCB',
    {
      alias: ['C. Civil', 'C.Civil', 'C. Civ.', 'Cód. Civil', 'Cód. Civ.'],
      approvedBy: ['decreto-lei|47344|1966', 'lei|10406|2002'],
    },
  ],
  [
    'cpc',
    'Código de Processo Civil',
    'CPC NCPC CPCivil',
    'C.P.C.',
    {
      alias: ['C. P. Civil', 'C.P.Civil', 'Cód. Proc. Civil', 'Cód. Processo Civil', 'C. Proc. Civil'],
      approvedBy: ['lei|41|2013', 'lei|13105|2015', 'lei|5869|1973'],
    },
  ],
  [
    'cp',
    'Código Penal',
    'CPenal',
    'CP C.P. CPB',
    {
      alias: ['C. Penal', 'Cód. Penal', 'Código Penal Brasileiro'],
      approvedBy: ['decreto-lei|48|1995', 'decreto-lei|400|1982', 'decreto-lei|2848|1940'],
    },
  ],
  [
    'cpp',
    'Código de Processo Penal',
    'CPP CPPenal',
    'C.P.P.',
    {
      alias: ['C. P. Penal', 'C.P.Penal', 'Cód. Proc. Penal', 'C. Proc. Penal'],
      approvedBy: ['decreto-lei|78|1987', 'decreto-lei|3689|1941'],
    },
  ],
  [
    'ccom',
    'Código Comercial',
    'CCom',
    'C.Com.',
    { alias: ['C. Com.', 'C. Comercial', 'Cód. Comercial', 'Cód. Com.'] },
  ],
  ['csc', 'Código das Sociedades Comerciais', 'CSC', '', { approvedBy: ['decreto-lei|262|1986'] }],
  [
    'ct',
    'Código do Trabalho',
    'CTrab',
    'CT C.T.',
    { alias: ['C. Trabalho', 'Cód. Trabalho'], approvedBy: ['lei|7|2009', 'lei|99|2003'] },
  ],
  ['cpt', 'Código de Processo do Trabalho', 'CPT', '', { approvedBy: ['decreto-lei|480|1999'] }],
  ['cpta', 'Código de Processo nos Tribunais Administrativos', 'CPTA', '', { approvedBy: ['lei|15|2002'] }],
  [
    'cpa',
    'Código do Procedimento Administrativo',
    'CPA',
    '',
    { approvedBy: ['decreto-lei|4|2015', 'decreto-lei|442|1991'] },
  ],
  ['etaf', 'Estatuto dos Tribunais Administrativos e Fiscais', 'ETAF', '', { approvedBy: ['lei|13|2002'] }],
  [
    'cire',
    'Código da Insolvência e da Recuperação de Empresas',
    'CIRE',
    '',
    { approvedBy: ['decreto-lei|53|2004'] },
  ],
  [
    'cirs',
    'Código do Imposto sobre o Rendimento das Pessoas Singulares',
    'CIRS',
    '',
    { alias: ['Código do IRS'], approvedBy: ['decreto-lei|442-A|1988'] },
  ],
  [
    'circ',
    'Código do Imposto sobre o Rendimento das Pessoas Coletivas',
    'CIRC',
    '',
    { alias: ['Código do IRC'], approvedBy: ['decreto-lei|442-B|1988'] },
  ],
  [
    'civa',
    'Código do Imposto sobre o Valor Acrescentado',
    'CIVA',
    '',
    { alias: ['Código do IVA'], approvedBy: ['decreto-lei|394-B|1984'] },
  ],
  [
    'cimi',
    'Código do Imposto Municipal sobre Imóveis',
    'CIMI',
    '',
    { alias: ['Código do IMI'], approvedBy: ['decreto-lei|287|2003'] },
  ],
  [
    'cimt',
    'Código do Imposto Municipal sobre as Transmissões Onerosas de Imóveis',
    'CIMT',
    '',
    { alias: ['Código do IMT'] },
  ],
  ['cis', 'Código do Imposto do Selo', '', 'CIS', {}],
  ['ccp', 'Código dos Contratos Públicos', 'CCP', '', { approvedBy: ['decreto-lei|18|2008'] }],
  [
    'rjue',
    'Regime Jurídico da Urbanização e da Edificação',
    'RJUE',
    '',
    { alias: ['Regime Jurídico da Urbanização e Edificação'], approvedBy: ['decreto-lei|555|1999'] },
  ],
  [
    'rjigt',
    'Regime Jurídico dos Instrumentos de Gestão Territorial',
    'RJIGT',
    '',
    { approvedBy: ['decreto-lei|80|2015'] },
  ],
  ['lgt', 'Lei Geral Tributária', 'LGT', 'L.G.T.', { approvedBy: ['decreto-lei|398|1998'] }],
  [
    'cppt',
    'Código de Procedimento e de Processo Tributário',
    'CPPT',
    '',
    { alias: ['Código de Procedimento e Processo Tributário'], approvedBy: ['decreto-lei|433|1999'] },
  ],
  [
    'rgit',
    'Regime Geral das Infrações Tributárias',
    'RGIT',
    '',
    { alias: ['Regime Geral das Infracções Tributárias'], approvedBy: ['lei|15|2001'] },
  ],
  ['ebf', 'Estatuto dos Benefícios Fiscais', 'EBF', '', { approvedBy: ['decreto-lei|215|1989'] }],
  ['ce', 'Código da Estrada', 'CEst', 'CE', { approvedBy: ['decreto-lei|114|1994'] }],
  [
    'crcspss',
    'Código dos Regimes Contributivos do Sistema Previdencial de Segurança Social',
    'CRCSPSS CRC',
    '',
    { alias: ['Código Contributivo'], approvedBy: ['lei|110|2009'] },
  ],
  [
    'rgicsf',
    'Regime Geral das Instituições de Crédito e Sociedades Financeiras',
    'RGICSF',
    '',
    { approvedBy: ['decreto-lei|298|1992'] },
  ],
  ['cvm', 'Código dos Valores Mobiliários', 'CVM CdVM CódVM', '', { approvedBy: ['decreto-lei|486|1999'] }],
  ['ltfp', 'Lei Geral do Trabalho em Funções Públicas', 'LTFP LGTFP', '', { approvedBy: ['lei|35|2014'] }],
  ['losj', 'Lei da Organização do Sistema Judiciário', 'LOSJ', '', { approvedBy: ['lei|62|2013'] }],
  [
    'rgco',
    'Regime Geral das Contraordenações',
    'RGCO',
    '',
    {
      alias: ['Regime Geral das Contra-Ordenações', 'Regime Geral das Contra-ordenações'],
      approvedBy: ['decreto-lei|433|1982'],
    },
  ],
  ['rjcs', 'Regime Jurídico do Contrato de Seguro', 'RJCS LCS', '', { approvedBy: ['decreto-lei|72|2008'] }],
  ['rcp', 'Regulamento das Custas Processuais', 'RCP', '', { approvedBy: ['decreto-lei|34|2008'] }],
  ['nrau', 'Novo Regime do Arrendamento Urbano', 'NRAU', '', { approvedBy: ['lei|6|2006'] }],
  ['lav', 'Lei da Arbitragem Voluntária', 'LAV', '', { approvedBy: ['lei|63|2011'] }],
  ['cnot', 'Código do Notariado', 'CNot', 'CN', {}],
  ['crpred', 'Código do Registo Predial', 'CRPred CRPredial', '', {}],
  ['crcom', 'Código do Registo Comercial', 'CRCom', '', {}],
  ['crciv', 'Código do Registo Civil', 'CRCiv', '', {}],
  [
    'cdadc',
    'Código do Direito de Autor e dos Direitos Conexos',
    'CDADC',
    '',
    { approvedBy: ['decreto-lei|63|1985'] },
  ],
  ['cpi', 'Código da Propriedade Industrial', 'CPI', '', { approvedBy: ['decreto-lei|110|2018'] }],
  ['eoa', 'Estatuto da Ordem dos Advogados', 'EOA', '', { approvedBy: ['lei|145|2015'] }],
  [
    'lpdp',
    'Lei de Proteção de Dados Pessoais',
    'LPDP',
    '',
    { alias: ['Lei da Proteção de Dados Pessoais'], approvedBy: ['lei|58|2019', 'lei|67|1998'] },
  ],
  [
    'rgpd',
    'Regulamento Geral sobre a Proteção de Dados',
    'RGPD',
    '',
    {
      alias: ['Regulamento Geral de Proteção de Dados'],
      approvedBy: ['ue|2016/679'],
      celex: '32016R0679',
    },
  ],
  ['roma1', 'Regulamento Roma I', '', '', { approvedBy: ['ue|2008/593'], celex: '32008R0593' }],
  ['roma2', 'Regulamento Roma II', '', '', { approvedBy: ['ue|2007/864'], celex: '32007R0864' }],
  [
    'bruxelas1',
    'Regulamento Bruxelas I-A',
    '',
    '',
    { alias: ['Regulamento Bruxelas I bis', 'Regulamento Bruxelas I'], approvedBy: ['ue|2012/1215'] },
  ],
  ['tfue', 'Tratado sobre o Funcionamento da União Europeia', 'TFUE', '', { celex: '12016E/TXT' }],
  ['tue', 'Tratado da União Europeia', 'TUE', '', { celex: '12016M/TXT' }],
  ['cdfue', 'Carta dos Direitos Fundamentais da União Europeia', 'CDFUE', '', { celex: '12016P/TXT' }],
  [
    'cedh',
    'Convenção Europeia dos Direitos do Homem',
    'CEDH',
    '',
    {
      alias: [
        'Convenção Europeia dos Direitos Humanos',
        'Convenção para a Proteção dos Direitos do Homem e das Liberdades Fundamentais',
      ],
    },
  ],
  [
    'cnudm',
    'Convenção das Nações Unidas sobre o Direito do Mar',
    'CNUDM UNCLOS',
    '',
    { alias: ['Convenção de Montego Bay'] },
  ],
  [
    'solas',
    'Convenção Internacional para a Salvaguarda da Vida Humana no Mar',
    'SOLAS',
    '',
    { alias: ['Convenção SOLAS'] },
  ],
  [
    'marpol',
    'Convenção Internacional para a Prevenção da Poluição por Navios',
    'MARPOL',
    '',
    { alias: ['Convenção MARPOL'] },
  ],
  [
    'llmc',
    'Convenção LLMC',
    'LLMC',
    '',
    {
      alias: [
        'Convenção sobre a Limitação da Responsabilidade em Matéria de Créditos Marítimos',
        'Convenção sobre a Limitação de Responsabilidade em Matéria de Créditos Marítimos',
      ],
    },
  ],
  ['stcw', 'Convenção STCW', 'STCW', '', {}],
  ['mlc', 'Convenção do Trabalho Marítimo', '', 'MLC', {}],
  ['rieam', 'Regulamento Internacional para Evitar Abalroamentos no Mar', 'RIEAM COLREG', '', {}],
  ['haiavisby', 'Regras de Haia-Visby', '', '', { alias: ['Regras de Haia e Visby'] }],
  ['haia', 'Regras de Haia', '', '', {}],
  ['roterdao', 'Regras de Roterdão', '', '', {}],
  ['hamburgo', 'Regras de Hamburgo', '', '', {}],
  [
    'york',
    'Regras de Iorque e Antuérpia',
    '',
    '',
    { alias: ['Regras de York e Antuérpia', 'Regras de York-Antuérpia'] },
  ],
  [
    'dudh',
    'Declaração Universal dos Direitos do Homem',
    'DUDH',
    '',
    { alias: ['Declaração Universal dos Direitos Humanos'] },
  ],
  [
    'pidcp',
    'Pacto Internacional sobre os Direitos Civis e Políticos',
    'PIDCP',
    '',
    { alias: ['Pacto Internacional de Direitos Civis e Políticos'] },
  ],
  ['pidesc', 'Pacto Internacional sobre os Direitos Económicos, Sociais e Culturais', 'PIDESC', '', {}],
  [
    'clt',
    'Consolidação das Leis do Trabalho',
    'CLT',
    '',
    { approvedBy: ['decreto-lei|5452|1943'], style: 'br' },
  ],
  ['cdc', 'Código de Defesa do Consumidor', 'CDC', '', { approvedBy: ['lei|8078|1990'], style: 'br' }],
  ['ctn', 'Código Tributário Nacional', 'CTN', '', { approvedBy: ['lei|5172|1966'], style: 'br' }],
  ['ctb', 'Código de Trânsito Brasileiro', 'CTB', '', { approvedBy: ['lei|9503|1997'], style: 'br' }],
  ['eca', 'Estatuto da Criança e do Adolescente', 'ECA', '', { approvedBy: ['lei|8069|1990'], style: 'br' }],
  ['cpm', 'Código Penal Militar', 'CPM', '', { style: 'br' }],
  ['cppm', 'Código de Processo Penal Militar', 'CPPM', '', { style: 'br' }],
  ['lindb', 'Lei de Introdução às Normas do Direito Brasileiro', 'LINDB LICC', '', { style: 'br' }],
  ['lep', 'Lei de Execução Penal', '', 'LEP', { approvedBy: ['lei|7210|1984'], style: 'br' }],
  ['lef', 'Lei de Execução Fiscal', '', 'LEF', { style: 'br' }],
  [
    'lgpd',
    'Lei Geral de Proteção de Dados Pessoais',
    'LGPD',
    '',
    { alias: ['Lei Geral de Proteção de Dados'], approvedBy: ['lei|13709|2018'], style: 'br' },
  ],
  ['leimaria', 'Lei Maria da Penha', '', '', { approvedBy: ['lei|11340|2006'], style: 'br' }],
  ['celeitoral', 'Código Eleitoral', '', '', { style: 'br' }],
  [
    'ri',
    'Regimento Interno do Tribunal',
    'RISTF RISTJ RITST RISTM RITCU RITSE RI/TCU RI/STJ RI/STF',
    '',
    { style: 'br' },
  ],
  ['lodf', 'Lei Orgânica do Distrito Federal', 'LODF', '', { style: 'br' }],
  ['adct', 'Ato das Disposições Constitucionais Transitórias', 'ADCT', '', { style: 'br' }],
];

const typeOf = (name: string): string => /^[^ ]+/.exec(name)?.[0] ?? name;
const words = (list: string): string[] => list.split(' ').filter((word) => word !== '');

export const NAMED: readonly NamedDiploma[] = ROWS.map(([code, name, free, bound, more]) => ({
  code,
  name,
  type: typeOf(name),
  free: words(free),
  bound: words(bound),
  ...more,
}));

/** What an abbreviation stands for. */
export const byAbbreviation: ReadonlyMap<string, NamedDiploma> = new Map(
  NAMED.flatMap((named) =>
    [...(named.free ?? []), ...(named.bound ?? [])].map((short) => [short, named] as const),
  ),
);

const byCode = new Map(NAMED.map((named) => [named.code, named]));
export const namedByCode = (code: string): NamedDiploma | undefined => byCode.get(code);
