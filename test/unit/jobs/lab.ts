import path from 'node:path';
import { pathToFileURL } from 'node:url';

export interface CutProxy {
  readonly sshConfig: string;
  setLimit(bytes: number | null, direction?: 'either' | 'up' | 'down'): void;
  cutNow(): void;
  transferred(): { up: number; down: number; connections: number; cuts: number };
  refuse(refusing: boolean): void;
  stop(): Promise<void>;
}

/** The part of test/lab/slurm.mjs that these tests use. */
export interface Lab {
  readonly host: string;
  readonly sshConfig: string;
  readonly wrongHostKeyConfig: string;
  readonly root: string;
  readonly env: Record<string, string>;
  ssh(command: string): Promise<{ stdout: string; stderr: string; code: number | null }>;
  slurm(file: string, ...args: string[]): Promise<string>;
  killSshd(): Promise<void>;
  startSshd(): Promise<void>;
  stopSlurmctld(): Promise<void>;
  startSlurmctld(): Promise<void>;
  startCutProxy(): Promise<CutProxy>;
  log(): string;
  stop(): Promise<void>;
}

export async function startLab(options: { readonly env?: Record<string, string> } = {}): Promise<Lab> {
  // Not bundled: the lab finds its own files beside itself.
  const file = pathToFileURL(path.resolve('test/lab/slurm.mjs')).href;
  const { startLab: start } = (await import(file)) as { startLab: (options: unknown) => Promise<Lab> };
  return start(options);
}
