// A TCP proxy on loopback that breaks the connection after a chosen number of bytes: how the tests lose the network in
// the middle of a transfer, at every place where it can be lost.
import { createServer, connect } from 'node:net';

/**
 * @typedef {{
 *   port: number,
 *   setLimit(bytes: number | null, direction?: 'either' | 'up' | 'down'): void,
 *   cutNow(): void,
 *   transferred(): {up: number, down: number, connections: number, cuts: number},
 *   refuse(refusing: boolean): void,
 *   stop(): Promise<void>,
 * }} CutProxy
 */

/**
 * Forwards 127.0.0.1:port to 127.0.0.1:targetPort. `setLimit(n)` counts from that call on, over all connections, and
 * cuts once, when n bytes have passed ("up" is to the server, "down" from it); what follows passes unharmed, as after
 * a real interruption. `setLimit(null)` takes the limit back. `refuse(true)` drops every connection, present and new.
 * @param {{targetPort: number, port?: number}} options
 * @returns {Promise<CutProxy>}
 */
export async function startCutProxy({ targetPort, port = 0 }) {
  /** @type {Set<() => void>} */
  const open = new Set();
  /** @type {number | null} */
  let left = null;
  /** @type {'either' | 'up' | 'down'} */
  let counted = 'either';
  let refusing = false;
  const seen = { up: 0, down: 0, connections: 0, cuts: 0 };

  const cutNow = () => {
    seen.cuts += 1;
    for (const cut of [...open]) cut();
  };

  const server = createServer((client) => {
    if (refusing) {
      client.resetAndDestroy();
      return;
    }
    seen.connections += 1;
    const target = connect(targetPort, '127.0.0.1');
    client.setNoDelay(true);
    target.setNoDelay(true);
    let broken = false;
    const cut = () => {
      broken = true;
      open.delete(cut);
      // A reset, not an orderly end: neither side may take what it has for the whole.
      client.resetAndDestroy();
      target.resetAndDestroy();
    };
    open.add(cut);
    /**
     * @param {'up' | 'down'} direction
     * @param {import('node:net').Socket} from
     * @param {import('node:net').Socket} to
     */
    const forward = (direction, from, to) => {
      from.on('data', (chunk) => {
        if (broken) return;
        const applies = left !== null && (counted === 'either' || counted === direction);
        const passing = applies ? chunk.subarray(0, Math.min(chunk.length, left ?? 0)) : chunk;
        seen[direction] += passing.length;
        if (passing.length > 0 && !to.write(passing)) {
          from.pause();
          to.once('drain', () => from.resume());
        }
        if (!applies) return;
        left = (left ?? 0) - passing.length;
        if (left > 0) return;
        left = null;
        broken = true;
        // The allowed bytes must arrive before the connection breaks, or the cut is not where the test wants it.
        setImmediate(cutNow);
      });
      from.on('end', () => to.end());
      from.on('error', () => to.destroy());
      from.on('close', () => {
        open.delete(cut);
        to.destroySoon();
      });
    };
    forward('up', client, target);
    forward('down', target, client);
  });

  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(undefined));
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The proxy got no TCP port.');
  return {
    port: address.port,
    setLimit(bytes, direction = 'either') {
      left = bytes;
      counted = direction;
    },
    cutNow,
    transferred: () => ({ ...seen }),
    refuse(value) {
      refusing = value;
      if (value) for (const cut of [...open]) cut();
    },
    async stop() {
      for (const cut of [...open]) cut();
      await new Promise((resolve) => server.close(() => resolve(undefined)));
    },
  };
}
