import { strict as assert } from 'node:assert';
import { describe, it } from 'mocha';
import { ProcessError, runProcess, startProcess } from '../../../src/cluster/processes';
import { isCancelled } from '../../../src/protocol/errors';

describe('processes', function () {
  this.timeout(15_000);

  it('tell code, signal, output and error output', async () => {
    const ended = await startProcess(['sh', '-c', 'cat; echo no >&2; exit 3'], { stdin: 'olá' }).stopped;
    assert.deepEqual(
      { ...ended, stdout: ended.stdout.toString() },
      { code: 3, signal: null, stdout: 'olá', stderr: 'no\n' },
    );
    const killed = await startProcess(['sh', '-c', 'kill -9 $$']).stopped;
    assert.deepEqual([killed.code, killed.signal], [null, 'SIGKILL']);
  });

  it('fail with everything that is known of the failure', async () => {
    await assert.rejects(runProcess(['sh', '-c', 'echo why >&2; exit 4']), (error: unknown) => {
      assert.ok(error instanceof ProcessError);
      assert.deepEqual([error.failure, error.code, error.signal, error.stderr], ['exit', 4, null, 'why\n']);
      return true;
    });
    await assert.rejects(startProcess(['no-such-program-here']).stopped, {
      failure: 'spawn',
      errno: 'ENOENT',
    });
    await assert.rejects(startProcess(['sh', '-c', 'yes'], { maxStdout: 1000 }).stopped, {
      failure: 'overflow',
    });
    await assert.rejects(startProcess(['sleep', '30'], { timeoutMs: 50 }).stopped, { failure: 'timeout' });
  });

  it('end with their children when they are cancelled', async () => {
    const controller = new AbortController();
    const running = startProcess(['sh', '-c', 'trap "" TERM; sleep 30 & echo $!; wait; wait'], {
      signal: controller.signal,
      onStdout: () => controller.abort(),
    });
    const began = Date.now();
    await assert.rejects(running.stopped, (error: unknown) => isCancelled(error));
    assert.ok(Date.now() - began < 8000);
    // Zombies left out: nobody may collect them in a container.
    const { stdout } = await startProcess(['ps', '-eo', 'pgid=,stat=']).stopped;
    const left = stdout
      .toString()
      .split('\n')
      .filter((line) => new RegExp(`^ *${running.pid} +[^Z]`).test(line));
    assert.deepEqual(left, []);
    await assert.rejects(startProcess(['true'], { signal: controller.signal }).stopped, (error: unknown) =>
      isCancelled(error),
    );
  });

  it('take a program that does not read its input for what it is', async () => {
    const big = Buffer.alloc(4 << 20);
    assert.equal((await startProcess(['true'], { stdin: big }).stopped).code, 0);
    async function* pieces(): AsyncGenerator<Uint8Array> {
      for (;;) {
        await Promise.resolve();
        yield big;
      }
    }
    assert.equal((await startProcess(['sh', '-c', 'exit 5'], { stdin: pieces() }).stopped).code, 5);
  });

  it('do not wait for a grandchild that keeps the error output open', async () => {
    const began = Date.now();
    await startProcess(['sh', '-c', 'sleep 5 >/dev/null & exit 0'], { group: true }).stopped;
    assert.ok(Date.now() - began < 4000);
  });
});
