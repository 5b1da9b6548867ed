import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly range: string | undefined;
  readonly authorization: string | undefined;
}

/** How the hub behaves; each may be changed between requests. */
export interface Behaviour {
  content: Buffer;
  /** Sent as the LFS etag; undefined sends none. */
  sha256: string | undefined;
  /** What the hub says of the size, when that is not the truth. */
  claimedSize: number | undefined;
  /** Cuts each connection after so many bytes of body. */
  cutAfter: number | undefined;
  /** Sends so many bytes and then nothing more. */
  stallAfter: number | undefined;
  ranges: boolean;
  status: number | undefined;
  /** Redirects to this base address first, as the hub does to its content servers. */
  redirectTo: string | undefined;
  /** Leaves the length out. */
  chunked: boolean;
}

/** A model hub on loopback: redirects, ranges, and every way to fail. */
export class Hub {
  readonly seen: SeenRequest[] = [];
  readonly behaviour: Behaviour;
  private server: Server | undefined;

  constructor(content: Buffer) {
    this.behaviour = {
      content,
      sha256: undefined,
      claimedSize: undefined,
      cutAfter: undefined,
      stallAfter: undefined,
      ranges: true,
      status: undefined,
      redirectTo: undefined,
      chunked: false,
    };
  }

  async start(): Promise<string> {
    this.server = createServer((request, response) => this.answer(request, response));
    await new Promise<void>((resolve) => this.server?.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server?.closeAllConnections();
    await new Promise((resolve) => this.server?.close(resolve));
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const { content, sha256, claimedSize, cutAfter, stallAfter, ranges, status, redirectTo, chunked } =
      this.behaviour;
    this.seen.push({
      method: request.method ?? '',
      url: request.url ?? '',
      range: request.headers.range,
      authorization: request.headers.authorization,
    });
    if (status !== undefined) {
      response.writeHead(status).end('refused');
      return;
    }
    if (sha256 !== undefined) {
      response.setHeader('x-linked-etag', `"${sha256}"`);
      response.setHeader('x-linked-size', claimedSize ?? content.length);
    }
    if (redirectTo !== undefined) {
      response.writeHead(302, { location: `${redirectTo}/blob${request.url ?? ''}` }).end();
      return;
    }
    const from = ranges ? Number(/^bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0) : 0;
    if (from >= content.length) {
      response.writeHead(416, { 'content-range': `bytes */${content.length}` }).end();
      return;
    }
    const body = content.subarray(from);
    response.writeHead(from > 0 ? 206 : 200, {
      ...(chunked ? {} : { 'content-length': body.length }),
      ...(from > 0 ? { 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` } : {}),
    });
    if (request.method === 'HEAD') {
      response.end();
      return;
    }
    const limit = cutAfter ?? stallAfter;
    if (limit === undefined || limit >= body.length) {
      response.end(body);
      return;
    }
    response.write(body.subarray(0, limit), () => {
      if (cutAfter !== undefined) setTimeout(() => response.destroy(), 20);
    });
  }
}
