import { genderForms, nounForms, verbForms } from './inflection';

/**
 * Pairs of words that each variety has for the same thing. A line: kind, Brazilian, European.
 *
 * Kinds: `n` noun with a regular plural, `a` adjective or person with four forms, `v` verb, `w` the words as they stand
 * (forms separated by |). Signs after the kind: `>` the other word of the pair is at home in both varieties; `?` the
 * replacement changes gender or construction, so that it is named but not made. `_` is a space, `-` no replacement.
 */
const PAIRS = `
n equipe equipa
n ônibus autocarro
n registro registo
v registrar registar
a registrável registável
n caminhão camião
n caminhoneiro camionista
n contêiner contentor
n bonde> elétrico
n pedágio portagem
a usuário utilizador
n esporte> desporto
a esportivo> desportivo
n esportista> desportista
w gol|gols golo|golos
n goleiro> guarda-redes
n torcedor> adepto
n torcida> claque
n zagueiro> defesa-central
w escanteio|escanteios>? canto|cantos
n aluguel aluguer
n aposentadoria>? reforma
a contábil> contabilístico
a trabalhista> laboral
v planejar planear
n planejamento planeamento
v gerenciar> gerir
n gerenciamento> gestão
v deletar> eliminar
v parabenizar> felicitar
v estocar> armazenar
n estoque> stock
n estocagem> armazenagem
v monitorar monitorizar
n monitoramento>? monitorização
v embasar> fundamentar
v descumprir> incumprir
n descumprimento> incumprimento
v terceirizar> externalizar
n terceirização> externalização
v acessar>? aceder_a
v decolar> descolar
n decolagem> descolagem
v aterrissar> aterrar
n aterrissagem> aterragem
v indenizar indemnizar
n indenização indemnização
a indenizatório indemnizatório
a indenizável indemnizável
v anistiar amnistiar
n anistia amnistia
v contatar contactar
n contato contacto
n seção secção
w subseção|subseções subsecção|subsecções
a sutil subtil
n sutileza subtileza
a súdito súbdito
a onipresente omnipresente
a onipotente omnipotente
w quatorze> catorze
w dezesseis dezasseis
w dezessete dezassete
w dezenove dezanove
w bilhão|bilhões>? mil_milhões|milhares_de_milhões
w trilhão|trilhões>? bilião|biliões
n porcentagem> percentagem
n câncer> cancro
n câmera>? câmara
n cinegrafista> operador_de_câmara
n mídia>? meios_de_comunicação_social
n midia>? meios_de_comunicação_social
n xícara chávena
n açougue> talho
n açougueiro> talhante
n sorveteria> gelataria
n isopor>? esferovite
n grampeador agrafador
n xerox>? fotocópia
w garçom|garçons> empregado_de_mesa|empregados_de_mesa
w garçonete|garçonetes>? empregada_de_mesa|empregadas_de_mesa
w marrom|marrons> castanho|castanhos
n xampu champô
w cupom|cupons cupão|cupões
w moletom|moletons>? camisola|camisolas
n aeromoça> hospedeira
n metrô> metro
n judô> judo
n comitê comité
n bebê bebé
n bidê bidé
n purê puré
n guichê guiché
n crochê croché
n caratê caraté
n canadense canadiano
n polonês>? polaco
n israelense> israelita
n calçadão>? passeio_marítimo
n acostamento>? berma
n delegacia>? esquadra
n pecuarista> criador_de_gado
n holerite>? recibo_de_vencimento
n contracheque>? recibo_de_vencimento
n faxineiro>? empregado_de_limpeza
n faxina>? limpeza
n faxineira> empregada_de_limpeza
n babá>? ama
n calcinha>? cuecas
n brinquedoteca>? ludoteca
n bilheteria> bilheteira
n lanchonete>? snack-bar
n loteria lotaria
n elétron>? eletrão
w próton|prótons> protão|protões
w nêutron|nêutrons> neutrão|neutrões
w íon|íons> ião|iões
n mamãe> mamã
n papai>? papá
n caçula>? -
n gramado>? relvado
n ouvidoria>? provedoria
v sacanear>? -
v xingar> insultar
v fuçar>? vasculhar
v esnobar> desprezar
v paquerar>? namoriscar
w cadê>? onde_está
n umidade humidade
a úmido húmido
v umedecer humedecer
n atacadista> grossista
n varejo>? retalho
n varejista> retalhista
n hidrelétrica> hidroelétrica
a hidrelétrico> hidroelétrico
n termelétrica> termoelétrica
n usina>? central
n encanador> canalizador
n escanteio>? canto
n pebolim>? matraquilhos
n mutirão>? ação_coletiva
n enquete>? sondagem
n rodovia>? autoestrada
n hidrovia>? via_navegável
a aquaviário>? marítimo
w rúgbi> râguebi
n basquete> basquetebol
n vôlei> voleibol
n handebol> andebol
n maiô>? fato_de_banho
n sunga>? calções_de_banho
w café_da_manhã|cafés_da_manhã pequeno-almoço|pequenos-almoços
w carteira_de_motorista|carteiras_de_motorista carta_de_condução|cartas_de_condução
w carteira_de_identidade|carteiras_de_identidade>? bilhete_de_identidade|bilhetes_de_identidade
`;

/** European words that Brazil does not write, where the pair above would not be one to one. */
const EUROPEAN = `
n facto fato
n telemóvel? celular
n ecrã? tela
n ficheiro> arquivo
n alforreca água-viva
n agrafo>? grampo
v agrafar>? grampear
n autoclismo? descarga
n sanita>? vaso_sanitário
n berbequim? furadeira
n biberão? mamadeira
n esferográfica>? caneta
n autarca? prefeito
n contraordenação>? infração_administrativa
a contraordenacional>? administrativo
n coima? multa
n talhante açougueiro
n canalizador encanador
n montra? vitrine
n berma? acostamento
n lotaria loteria
n descapotável? conversível
n guarda-redes goleiro
n matraquilhos>? pebolim
n rebuçado? bala
n sandes>? sanduíche
n autogolo? gol_contra
n betão? concreto
n eletrão>? elétron
n infantário? creche
n telecomando? controle_remoto
w connosco conosco
w sítio_web|sítios_web>? site|sites
w mil_milhões>? bilhões
w pequeno-almoço|pequenos-almoços café_da_manhã|cafés_da_manhã
w casa_de_banho|casas_de_banho? banheiro|banheiros
w caixa_multibanco>? caixa_eletrônico
w autocarro|autocarros ônibus|ônibus
w sítio_na_internet>? site
w palavra-passe|palavras-passe senha|senhas
`;

export type Side = 'BR' | 'PT';

/** A word of one side alone. */
export interface LexicalEntry {
  readonly side: Side;
  /** What the other side says, or undefined where it is a matter of the sentence. */
  readonly other: string | undefined;
  /** Whether one word can be put for the other without looking. */
  readonly safe: boolean;
}

let several: ReadonlyMap<string, readonly string[]> | undefined;
let entries: ReadonlyMap<string, LexicalEntry> | undefined;

/** Forms of the verbs above that are also words of both varieties. */
const SHARED = new Set(['acesso', 'monitores', 'fuça', 'estocada', 'estocadas']);

/** By word or words in lower case. Built on first use, in a few milliseconds. */
export function lexicon(): ReadonlyMap<string, LexicalEntry> {
  if (entries !== undefined) return entries;
  const map = new Map<string, LexicalEntry>();
  addPairs(map, PAIRS, 'BR');
  addPairs(map, EUROPEAN, 'PT');
  entries = map;
  return map;
}

/** The entries of more than one word, by their first. */
export function phrases(): ReadonlyMap<string, readonly string[]> {
  if (several !== undefined) return several;
  const map = new Map<string, string[]>();
  for (const entry of lexicon().keys()) {
    const space = entry.indexOf(' ');
    if (space > 0) map.set(entry.slice(0, space), [...(map.get(entry.slice(0, space)) ?? []), entry]);
  }
  several = map;
  return map;
}

function addPairs(map: Map<string, LexicalEntry>, table: string, side: Side): void {
  for (const line of table.trim().split('\n')) {
    const [kind = '', marked = '', other = '-'] = line.trim().split(' ');
    const word = marked.replace(/[<>?]+$/, '');
    const signs = marked.slice(word.length);
    const unspaced = (text: string): string => text.replaceAll('_', ' ');
    const ours = formsOf(kind, word).map(unspaced);
    const theirs = other === '-' ? [] : formsOf(kind, other).map(unspaced);
    const safe = !signs.includes('?') && theirs.length === ours.length;
    const foreign = side === 'BR' ? 'PT' : 'BR';
    ours.forEach((form, at) => {
      const there = theirs[at] ?? theirs[0];
      if (SHARED.has(form)) return;
      if (!map.has(form)) map.set(form, { side, other: there, safe });
      if (side === 'BR' && !signs.includes('>') && there !== undefined && !map.has(there))
        map.set(there, { side: foreign, other: form, safe });
    });
  }
}

function formsOf(kind: string, word: string): string[] {
  if (kind === 'n') return nounForms(word);
  if (kind === 'a') return genderForms(word);
  if (kind === 'v') return verbForms(word);
  return word.split('|');
}
