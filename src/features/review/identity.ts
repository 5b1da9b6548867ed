import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { t } from '@vscode/l10n';
import * as vscode from 'vscode';

const run = promisify(execFile);
const MEMORY = 'afina.review.identity';
const GIT_MS = 5000;

/** Who reviews: git's user in the dataset's repository, or who said so here once. */
export class Identity {
  private readonly byFolder = new Map<string, Promise<string | undefined>>();

  constructor(private readonly memory: vscode.Memento) {}

  /** `Name <address>`; undefined when nobody is known. */
  async known(file: string): Promise<string | undefined> {
    const folder = path.dirname(file);
    let asked = this.byFolder.get(folder);
    if (asked === undefined) {
      asked = ofGit(folder);
      this.byFolder.set(folder, asked);
      // Who has just set the name in git is known from the next verdict on.
      void asked.then((found) => {
        if (found === undefined) this.byFolder.delete(folder);
      });
    }
    return (await asked) ?? this.memory.get<string>(MEMORY);
  }

  /** Asks when nobody is known; undefined when the question was left unanswered. */
  async ask(file: string): Promise<string | undefined> {
    const found = await this.known(file);
    if (found !== undefined) return found;
    const answer = await vscode.window.showInputBox({
      title: t('Who is reviewing?'),
      prompt: t(
        'Your name goes into the history of every record that you review. To have git say it instead: git config --global user.name "Your Name", and user.email.',
      ),
      placeHolder: t('Ana Silva <ana.silva@example.pt>'),
      ignoreFocusOut: true,
      validateInput: (value) => (clean(value) === '' ? t('Write a name.') : undefined),
    });
    const name = clean(answer ?? '');
    if (name === '') return undefined;
    await this.memory.update(MEMORY, name);
    return name;
  }
}

async function ofGit(folder: string): Promise<string | undefined> {
  const [name, email] = await Promise.all([setting(folder, 'user.name'), setting(folder, 'user.email')]);
  if (name === '' && email === '') return undefined;
  if (email === '') return name;
  return name === '' ? email : `${name} <${email}>`;
}

async function setting(folder: string, key: string): Promise<string> {
  try {
    const { stdout } = await run('git', ['config', '--get', key], { cwd: folder, timeout: GIT_MS });
    return clean(stdout);
  } catch {
    return ''; // not set, or there is no git
  }
}

function clean(text: string): string {
  return text.replace(/\s+/g, ' ').trim().slice(0, 200);
}
