import type { Transport } from '../../src/protocol/channel';

const api = acquireVsCodeApi();

/** The channel's way to the extension host. */
export const hostTransport: Transport = {
  post: (message) => api.postMessage(message),
  onMessage: (listener) =>
    window.addEventListener('message', (event: MessageEvent<unknown>) => listener(event.data)),
};

/** What the page remembers while it is hidden, and over a reload of the window. */
export function savedState(): unknown {
  return api.getState();
}

export function saveState(state: unknown): void {
  api.setState(state);
}
