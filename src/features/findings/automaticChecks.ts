import { stat } from 'node:fs/promises';
import path from 'node:path';
import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import type { FindingsService } from './findingsService';

/** Bytes up to which a dataset is checked as a whole without anybody asking: some ten seconds of work. */
const UNASKED = 256 * 1024 * 1024;

/** Checks datasets as they are opened and saved. Large ones only when that was asked for once. */
export class AutomaticChecks {
  private readonly offered = new Set<string>();
  private readonly asked = new Set<string>();

  constructor(private readonly findings: FindingsService) {}

  async opened(file: string): Promise<void> {
    if (await this.wanted(file)) return this.findings.check([file]);
    if (this.offered.has(file)) return;
    this.offered.add(file);
    const check = t('Check Now');
    const chosen = await vscode.window.showInformationMessage(
      t(
        '{0} is large: each record is checked when it is shown, all of them together only on request.',
        path.basename(file),
      ),
      check,
    );
    if (chosen !== check) return;
    this.asked.add(file);
    await this.findings.check([file]);
  }

  async saved(file: string): Promise<void> {
    if (await this.wanted(file)) await this.findings.check([file]);
  }

  private async wanted(file: string): Promise<boolean> {
    if (this.asked.has(file)) return true;
    const found = await stat(file).catch(() => undefined);
    return found !== undefined && found.size <= UNASKED;
  }
}
