import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Failure } from '../../errors.js';
import { fileVersion } from '../../files/version.js';
import { reportCache, reportDocument, reportPage, type ReportDocument } from '../page/index.js';

export interface ServeOptions {
  /** Port on this machine; default: any that is free. */
  port?: number;
  /** Milliseconds between two looks at the run folders; default 1000. */
  everyMs?: number;
  /** Hears of what could not be read while a run goes on, each once; what was read before stays on the page. */
  onProblem?: (message: string) => void;
}

/** A report that follows its runs. */
export interface LiveReport {
  /** Its address, with a token that nobody can guess: who does not know it sees nothing. */
  url: string;
  /** Ends the server and all its connections. */
  close(): Promise<void>;
}

/**
 * Serves the report of runs on this machine alone (127.0.0.1), and tells open pages when something is new.
 *
 * @param runs their folders
 * @throws as reportDocument; Failure where the port cannot be had
 */
export async function serveReport(
  runs: readonly string[],
  { port = 0, everyMs = 1000, onProblem = () => undefined }: ServeOptions = {},
): Promise<LiveReport> {
  const cache = reportCache();
  let version = versionOf(runs);
  let document = await reportDocument(runs, cache);
  let text = JSON.stringify(document);
  const listeners = new Set<ServerResponse>();
  const problems = new Set<string>();
  const token = randomBytes(18).toString('base64url');

  const look = async (): Promise<void> => {
    const found = versionOf(runs);
    if (found === version) return;
    try {
      document = await reportDocument(runs, cache);
      version = found;
    } catch (error) {
      // An epoch may be replaced just now; the next look reads it again.
      const { message } = error as Error;
      if (!problems.has(message)) onProblem(message);
      problems.add(message);
      return;
    }
    const next = JSON.stringify(document);
    if (next === text) return;
    text = next;
    for (const listener of listeners) listener.write('event: report\ndata: new\n\n');
  };

  const server = createServer((request, response) => {
    answer(request, response).catch((error: Error) => {
      onProblem(error.message);
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
  });
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname } = new URL(request.url ?? '/', 'http://127.0.0.1');
    const own = `/${token}/`;
    // A page elsewhere that points its name at this machine comes with that name.
    const host = request.headers.host?.replace(/:\d+$/, '');
    const allowed = host === '127.0.0.1' || host === 'localhost';
    if (!allowed || request.method !== 'GET' || !pathname.startsWith(own)) return send(response, 404);
    const path = pathname.slice(own.length);
    if (path === '') return send(response, 200, 'text/html; charset=utf-8', livePage(document));
    if (path === 'report.json') return send(response, 200, 'application/json', text);
    if (path === 'events') return listen(response);
    const id = /^picture\/([0-9a-f]+)$/.exec(path)?.[1];
    const bytes = id === undefined ? undefined : await cache.pictures.thumbnail(id);
    if (!bytes) return send(response, 404);
    // The name says what is in it.
    send(response, 200, 'image/webp', bytes, 'private, max-age=31536000, immutable');
  };
  const listen = (response: ServerResponse): void => {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    // Whoever comes, or comes back, may have missed something.
    response.write('event: report\ndata: new\n\n');
    listeners.add(response);
    response.on('close', () => listeners.delete(response));
  };

  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(new Failure(`port ${port}: ${error.message}`)));
    server.listen(port, '127.0.0.1', resolve);
  });
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<void> = Promise.resolve();
  const wait = (): void => {
    timer = setTimeout(() => {
      looking = look().then(() => (timer ? wait() : undefined));
    }, everyMs);
  };
  wait();
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/${token}/`,
    async close() {
      clearTimeout(timer);
      timer = undefined;
      const ended = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await ended;
      await looking;
    },
  };
}

function livePage(document: ReportDocument): string {
  return reportPage(document, { pictures: {}, live: true });
}

function send(
  response: ServerResponse,
  status: number,
  type = 'text/plain',
  body: string | Uint8Array = 'not found',
  caching = 'no-store',
): void {
  response.writeHead(status, {
    'content-type': type,
    'cache-control': caching,
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
  });
  response.end(body);
}

/** Another text when something of the runs was written. */
function versionOf(runs: readonly string[]): string {
  return runs
    .flatMap((run) => {
      const saliency = join(run, 'saliency');
      return [join(run, 'metrics.jsonl'), join(run, 'recipe.yaml'), saliency, ...snapshotsIn(saliency)];
    })
    .map(fileVersion)
    .join('\n');
}

function snapshotsIn(saliency: string): string[] {
  try {
    return readdirSync(saliency)
      .filter((name) => /^epoch-\d+$/.test(name))
      .map((name) => join(saliency, name));
  } catch {
    return [];
  }
}
