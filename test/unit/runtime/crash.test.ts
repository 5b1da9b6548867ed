import { strict as assert } from 'node:assert';
import { crashError } from '../../../src/runtime/crash';
import type { Crash } from '../../../src/runtime/crash';

const usual = { stuck: false, failure: undefined };

function message(crash: Partial<Crash>, recent: readonly string[] = []): string {
  const { message: text, details } = crashError(
    { code: null, signal: null, log: 'all', ...crash },
    recent,
    usual,
  );
  assert.deepEqual(details, { remedies: ['retry', 'openLog'], log: 'all' });
  return text;
}

describe('crashError', () => {
  it('has the last word of llama.cpp that says why', () => {
    assert.match(
      message({ signal: 'SIGABRT' }, [
        'load: failed to do something that does not matter',
        '/src/ggml.c:1234: GGML_ASSERT(a->ne[0] == b->ne[0]) failed',
        'error while printing the backtrace',
      ]),
      /SIGABRT.*GGML_ASSERT\(a->ne\[0\] == b->ne\[0\]\) failed$/,
    );
    assert.match(
      message({ signal: 'SIGABRT' }, [
        "terminate called after throwing an instance of 'std::bad_alloc'",
        '  what():  std::bad_alloc',
      ]),
      /what\(\): {2}std::bad_alloc$/,
    );
    assert.match(message({ code: 3 }, ['nothing to see', 'so long']), /exit code 3.*so long$/);
  });

  it('explains what a signal means', () => {
    assert.match(message({ signal: 'SIGILL' }), /lacks an instruction/);
    assert.match(message({ code: 0xc000001d }), /lacks an instruction/);
    assert.match(message({ code: 0xc000001d | 0 }), /lacks an instruction/);
    assert.match(message({ signal: 'SIGSEGV' }), /SIGSEGV.*damaged/);
    assert.match(
      message({ signal: 'SIGKILL' }, ['error: long ago']),
      /SIGKILL.*memory ran out\)\. Try again: it starts anew\.$/,
    );
  });
});
