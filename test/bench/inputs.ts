import { existsSync, rmSync } from 'node:fs';
import { mkdir, open, rename, rm, statfs } from 'node:fs/promises';
import path from 'node:path';
import { onExit } from '../lab/processes.mjs';
import { LAB } from '../lab/paths.mjs';
import { random, say } from './measure';

const FOLDER = path.join(LAB, 'bench');
const FLUSH = 8 * 1024 * 1024;

/**
 * A generated input, kept for the next time under its name, which says size and seed. `make` writes to a temporary
 * path: one that was cut short is never taken for whole.
 */
export async function input(name: string, make: (target: string) => Promise<void>): Promise<string> {
  const target = path.join(FOLDER, name);
  if (existsSync(target)) return target;
  say(`  generates ${name}`);
  await withTemporary(`${name}.new`, async (temporary) => {
    await make(temporary);
    await rename(temporary, target);
  });
  return target;
}

/** A path to write to, removed afterwards, also when the benchmark is interrupted. */
export async function withTemporary<T>(name: string, work: (file: string) => Promise<T>): Promise<T> {
  await mkdir(FOLDER, { recursive: true });
  const file = path.join(FOLDER, name);
  const takeBack = onExit(() => rmSync(file, { recursive: true, force: true }));
  try {
    await rm(file, { recursive: true, force: true });
    return await work(file);
  } finally {
    await rm(file, { recursive: true, force: true });
    takeBack();
  }
}

/** Bytes that are free where the inputs lie. */
export async function freeBytes(): Promise<number> {
  await mkdir(FOLDER, { recursive: true });
  const { bavail, bsize } = await statfs(FOLDER);
  return bavail * bsize;
}

const SEED = 1;
const WORDS =
  'a o de do da em no na que para com por não uma um os as se mais como navio carga porto contrato transporte ' +
  'carregador transportador capitão armador conhecimento frete avaria seguro tripulação convenção artigo diploma ' +
  'responsabilidade indemnização prazo entrega mercadoria estiva fretamento salvação arresto marítimo aplica-se ' +
  'dispõe responde exige prevê regula obriga entrega recebe prova declaração danos limite tribunal lei decreto';

/** A JSONL file of records of 1 kB on average, in Portuguese; one in a hundred repeats another's conversation. */
export function recordFile(count: number): Promise<string> {
  return input(`records-${count}-seed${SEED}.jsonl`, async (target) => {
    const next = random(SEED);
    const pick = <T>(from: readonly T[]): T => from[Math.floor(next() * from.length)]!;
    const words = WORDS.split(' ');
    const sentences = Array.from({ length: 5000 }, (_, at) => {
      const text = Array.from({ length: 6 + Math.floor(next() * 12) }, () => pick(words)).join(' ');
      return `${text.charAt(0).toUpperCase()}${text.slice(1)} n.º ${at}`;
    });
    const conversation = (): object[] => [
      { role: 'user', content: `${pick(sentences)}?` },
      {
        role: 'assistant',
        content: Array.from({ length: 3 + Math.floor(next() * 10) }, () => `${pick(sentences)}.`).join(' '),
      },
    ];
    const repeated = Array.from({ length: 50 }, conversation);
    const handle = await open(target, 'w');
    try {
      let lines = '';
      for (let at = 0; at < count; at++) {
        const messages = at % 100 === 99 ? pick(repeated) : conversation();
        const meta = { topic: pick(words), status: 'approved', sources: [pick(sentences)], author: 'bench' };
        lines += `${JSON.stringify({ id: `bench-${String(at).padStart(7, '0')}`, messages, meta })}\n`;
        if (lines.length < FLUSH && at < count - 1) continue;
        await handle.write(lines);
        lines = '';
      }
      // Written back now, rather than while something is timed.
      await handle.sync();
    } finally {
      await handle.close();
    }
  });
}
