import { t } from '@vscode/l10n';

export interface RuleHelp {
  readonly title: string;
  readonly help: string;
}

/** What a family of rules looks for, and what to do about its findings: for reports that people read without Afina. */
export function ruleHelp(rule: string): RuleHelp {
  const { looks, act } = familyHelp(rule.split('/')[0] ?? '');
  const ignore = t('A record that is right as it is names the rule in meta.ignore: "ignore": ["{0}"].', rule);
  const severity = t('How severe it is, or off: checks.rules in afina.yaml.');
  return { title: looks, help: [looks, act, ignore, severity].filter((each) => each !== '').join(' ') };
}

function familyHelp(family: string): { readonly looks: string; readonly act: string } {
  switch (family) {
    case 'schema':
      return {
        looks: t('The line is a record of one of the formats that training takes.'),
        act: t('Correct the line where the finding points.'),
      };
    case 'length':
      return {
        looks: t('The record is no longer than training takes.'),
        act: t('Shorten or split it, or raise checks.maxTokens in afina.yaml.'),
      };
    case 'quality':
      return {
        looks: t('The text is whole, Portuguese, and written by a person for this question.'),
        act: t('Write the passage anew, or take what does not belong there out.'),
      };
    case 'duplicate':
      return {
        looks: t('No other record asks or says the same.'),
        act: t('Keep the better one and delete the other.'),
      };
    case 'leakage':
      return {
        looks: t('What evaluates the model is not in what trains it.'),
        act: t('Keep records of one source on the same side of the split.'),
      };
    case 'pii':
      return {
        looks: t('Nobody can be identified by numbers, addresses or names of cases in the text.'),
        act: t('Put a pseudonym in its place: the fix keeps the same one for the same person.'),
      };
    case 'variety':
      return {
        looks: t('The text is in the Portuguese of the project.'),
        act: t('Take the word or the construction of the project’s variety; quotations stay as they are.'),
      };
    case 'citation':
      return {
        looks: t('Laws and decisions are cited as they are cited, and stand in the sources.'),
        act: t('Check the reference against its source and write it in full.'),
      };
    default:
      return { looks: t('A rule of this project’s checks.'), act: '' };
  }
}
