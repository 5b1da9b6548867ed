import { t } from '@vscode/l10n';
import { Help } from 'commander';
import type { Command, Option } from 'commander';

/** commander's own words, which it has in English only. Headings are asked for at run time: the language is known then. */
const TITLES: Readonly<Record<string, () => string>> = {
  'Usage:': () => t('Usage:'),
  'Arguments:': () => t('Arguments:'),
  'Options:': () => t('Options:'),
  'Commands:': () => t('Commands:'),
};

/** What commander says of a wrong command line, and how it is said here. Its messages carry no more than these parts. */
const COMPLAINTS: readonly (readonly [RegExp, (...parts: string[]) => string])[] = [
  [
    /^error: unknown command '(.*?)'(?:\n\(Did you mean (?:one of )?(.*)\?\))?$/s,
    (name, similar) => withHint(t('There is no command "{0}".', name), similar),
  ],
  [
    /^error: unknown option '(.*?)'(?:\n\(Did you mean (?:one of )?(.*)\?\))?$/s,
    (flag, similar) => withHint(t('There is no option "{0}".', flag), similar),
  ],
  [/^error: missing required argument '(.*)'$/s, (name) => t('The argument "{0}" is missing.', name)],
  [/^error: option '(.*)' argument missing$/s, (flags) => t('The option "{0}" needs a value.', flags)],
  [/^error: required option '(.*)' not specified$/s, (flags) => t('The option "{0}" is needed.', flags)],
  [
    /^error: option '(.*?)' argument '(.*)' is invalid\. (.*)$/s,
    (flags, value, why) => t('The option "{0}" cannot be "{1}". {2}', flags, value, why),
  ],
  [
    /^error: too many arguments.* Expected (\d+) arguments? but got (\d+)\.$/s,
    (expected, given) => t('Too many arguments: {1} instead of {0}.', expected, given),
  ],
];

/** Makes a command line, and the commands added to it later, speak the language of the interface. */
export function inOwnLanguage(command: Command): Command {
  const general = (term: string): string =>
    term.replace('[options]', t('[options]')).replace('[command]', t('[command]'));
  return command
    .helpOption('-h, --help', t('show this help'))
    .helpCommand(t('help [command]'), t('show the help of a command'))
    .configureHelp({
      styleTitle: (title) => TITLES[title]?.() ?? title,
      styleUsage: general,
      subcommandTerm: (subcommand) => general(Help.prototype.subcommandTerm.call(new Help(), subcommand)),
      optionDescription: (option) => describeOption(option),
    })
    .configureOutput({
      outputError: (text, write) => {
        const told = text.trimEnd();
        for (const [pattern, say] of COMPLAINTS) {
          const found = pattern.exec(told);
          if (found === null) continue;
          write(`afina: ${say(...found.slice(1))}\n`);
          return;
        }
        write(text);
      },
    });
}

function withHint(message: string, similar: string | undefined): string {
  return similar === undefined ? message : `${message} ${t('Did you mean {0}?', similar)}`;
}

function describeOption(option: Option): string {
  const value: unknown = option.defaultValue;
  if (typeof value !== 'number' && typeof value !== 'string') return option.description;
  return `${option.description} ${t('(default: {0})', value)}`;
}
