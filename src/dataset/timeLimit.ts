import { Script, createContext } from 'node:vm';

const context: { work?: () => unknown } = {};
const call = new Script('work()');
let made = false;

/**
 * What `work` gives, or undefined when it takes longer than `milliseconds`. V8 stops an expression that backtracks
 * for ever in no other way; `work` must change nothing, since it may be stopped anywhere in it.
 */
export function within<T>(milliseconds: number, work: () => T): T | undefined {
  if (!made) createContext(context);
  made = true;
  context.work = work;
  try {
    return call.runInContext(context, { timeout: milliseconds }) as T;
  } catch (error) {
    if ((error as { code?: unknown } | null)?.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return undefined;
    throw error;
  } finally {
    delete context.work;
  }
}
