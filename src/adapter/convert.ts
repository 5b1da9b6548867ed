import { createHash, randomBytes } from 'node:crypto';
import { mkdir, open, rename, stat, unlink } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { t } from '@vscode/l10n';
import { CancelledError, UserError } from '../protocol/errors';
import { GGML_F32 } from '../runtime/ggmlTypes';
import { readBase } from './base';
import type { BaseSource } from './base';
import { layOutGguf } from './ggufWriter';
import type { WrittenValue } from './ggufWriter';
import { readPeftConfig } from './peftConfig';
import { planConversion } from './plan';
import type { PlannedTensor } from './plan';
import { DTYPE_BYTES, readSafetensors } from './safetensors';
import { hasNonFinite, toFloat32 } from './values';

export interface ConvertParams {
  /** Folder with adapter_config.json and adapter_model.safetensors. */
  readonly adapterDir: string;
  readonly base: BaseSource;
  readonly out: string;
  readonly signal?: AbortSignal | undefined;
}

export interface Converted {
  /** Tensors written, two a module. */
  readonly tensors: number;
  /** Bytes of the GGUF. */
  readonly bytes: number;
  /** Highest rank of any module. */
  readonly rank: number;
  /** `adapter.lora.alpha` as written. */
  readonly alpha: number;
  /** Of the GGUF. */
  readonly sha256: string;
  /** What the user should know of the result, in words. */
  readonly warnings: readonly string[];
}

/** Bytes of float32 in work at a time; two such blocks are held. */
const BLOCK_BYTES = 4 * 1024 * 1024;

/**
 * Converts a PEFT LoRA adapter of a Llama model to a GGUF that llama.cpp applies exactly as PEFT does. All
 * tensors are written as float32: the bytes of a float32 adapter are kept, 16-bit ones lose nothing. Memory does
 * not grow with the adapter. `out` appears whole or not at all. Throws UserError `adapter/…`, `safetensors/…`,
 * `gguf/…`; CancelledError.
 */
export async function convertAdapter(params: ConvertParams): Promise<Converted> {
  const { adapterDir, out, signal } = params;
  const configFile = path.join(adapterDir, 'adapter_config.json');
  const weightsFile = path.join(adapterDir, 'adapter_model.safetensors');
  const config = await readPeftConfig(configFile);
  if ((await exists(path.join(adapterDir, 'adapter_model.bin'))) && !(await exists(weightsFile))) {
    throw new UserError(
      'adapter/pickle',
      t('{0} is saved in PyTorch’s own format, which can run code. Save it as safetensors.', adapterDir),
      { place: { file: adapterDir } },
    );
  }
  const [source, base] = await Promise.all([readSafetensors(weightsFile), readBase(params.base)]);
  const plan = planConversion(weightsFile, config, configFile, source, base);
  const metadata = new Map<string, WrittenValue>([
    ['general.architecture', { type: 'string', value: 'llama' }],
    ['general.type', { type: 'string', value: 'adapter' }],
    ['general.file_type', { type: 'uint32', value: GGML_F32 }],
    ['adapter.type', { type: 'string', value: 'lora' }],
    ['adapter.lora.alpha', { type: 'float32', value: plan.alpha }],
  ]);
  const layout = layOutGguf(
    metadata,
    plan.tensors.map(({ name, rows, columns }) => ({
      name,
      dims: [columns, rows],
      type: GGML_F32,
      bytes: rows * columns * 4,
    })),
  );

  await mkdir(path.dirname(out), { recursive: true });
  const temporary = `${out}.${randomBytes(6).toString('hex')}.tmp`;
  const input = await open(weightsFile, 'r');
  let output: FileHandle | undefined;
  try {
    output = await open(temporary, 'wx');
    const writer = new Writer(output);
    await writer.write(layout.header);
    const broken: string[] = [];
    for (const [index, tensor] of plan.tensors.entries()) {
      if (!(await copyTensor(input, tensor, writer, signal))) broken.push(tensor.source.name);
      const padding = layout.padding[index] ?? 0;
      if (padding > 0) await writer.write(Buffer.alloc(padding));
    }
    const sha256 = await writer.finish();
    await output.sync();
    await output.close();
    output = undefined;
    await rename(temporary, out);
    return {
      tensors: plan.tensors.length,
      bytes: layout.total,
      rank: plan.rank,
      alpha: plan.alpha,
      sha256,
      warnings:
        broken.length === 0
          ? []
          : [
              t(
                '{0} tensors of the adapter hold values that are not numbers (first: {1}): the training diverged.',
                broken.length,
                broken[0] ?? '',
              ),
            ],
    };
  } catch (error) {
    await output?.close().catch(() => undefined);
    await unlink(temporary).catch(() => undefined);
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOSPC' || code === 'EDQUOT') {
      throw new UserError('adapter/diskFull', t('There is no room for {0}. Free some and try again.', out), {
        remedies: ['retry'],
      });
    }
    throw error;
  } finally {
    await input.close();
  }
}

async function exists(file: string): Promise<boolean> {
  return (await stat(file).catch(() => undefined)) !== undefined;
}

/** Writes in order and hashes what it writes, while the caller prepares the next block. */
class Writer {
  private readonly hash = createHash('sha256');
  private position = 0;
  private underWay: Promise<void> = Promise.resolve();

  constructor(private readonly file: FileHandle) {}

  /** Resolves when the block *before* this one is written: its memory may then be used again. */
  async write(bytes: Uint8Array): Promise<void> {
    await this.underWay;
    const at = this.position;
    this.position += bytes.length;
    this.underWay = this.put(bytes, at);
    this.underWay.catch(() => undefined); // the next write or finish reports it
    this.hash.update(bytes);
  }

  private async put(bytes: Uint8Array, at: number): Promise<void> {
    for (let done = 0; done < bytes.length;) {
      done += (await this.file.write(bytes, done, bytes.length - done, at + done)).bytesWritten;
    }
  }

  async finish(): Promise<string> {
    await this.underWay;
    return this.hash.digest('hex');
  }
}

/** Copies one tensor as float32; false when it holds NaN or an infinity. */
async function copyTensor(
  input: FileHandle,
  tensor: PlannedTensor,
  writer: Writer,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const { source, rows, columns, factor, headRows } = tensor;
  const group = headRows ?? 1;
  const groupsPerBlock = Math.max(1, Math.floor(BLOCK_BYTES / (group * columns * 4)));
  const blockRows = Math.min(rows, groupsPerBlock * group);
  const width = DTYPE_BYTES[source.dtype];
  let finite = true;
  for (let row = 0; row < rows; row += blockRows) {
    if (signal?.aborted === true) throw new CancelledError();
    const count = Math.min(blockRows, rows - row) * columns;
    // A block's memory is handed to the writer, so each has its own: 4 MB, and at most two are alive.
    const raw = new Uint8Array(count * width);
    await readAll(input, raw, source.offset + row * columns * width);
    let values = toFloat32(raw, source.dtype);
    if (hasNonFinite(values)) finite = false;
    if (factor !== 1)
      for (let index = 0; index < count; index++) values[index] = (values[index] ?? 0) * factor;
    if (headRows !== null) values = permuteHeads(values, columns, headRows);
    await writer.write(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }
  return finite;
}

async function readAll(input: FileHandle, into: Uint8Array, from: number): Promise<void> {
  for (let done = 0; done < into.length;) {
    const { bytesRead } = await input.read(into, done, into.length - done, from + done);
    if (bytesRead === 0) throw new Error('the file became shorter while it was read');
    done += bytesRead;
  }
}

/**
 * Rows of each head from Hugging Face's order (first halves, then second halves of the rotary pairs) to
 * llama.cpp's (pair by pair). Source: LlamaModel.permute in convert_hf_to_gguf.py.
 */
function permuteHeads(
  values: Float32Array<ArrayBuffer>,
  columns: number,
  headRows: number,
): Float32Array<ArrayBuffer> {
  const result = new Float32Array(values.length);
  const half = headRows / 2;
  const rows = values.length / columns;
  for (let row = 0; row < rows; row++) {
    const inHead = row % headRows;
    const target = row - inHead + (inHead < half ? inHead * 2 : (inHead - half) * 2 + 1);
    result.set(values.subarray(row * columns, (row + 1) * columns), target * columns);
  }
  return result;
}
