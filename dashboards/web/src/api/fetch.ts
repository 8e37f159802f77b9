// Questions to the server that this page came from, and what can go wrong with them.

/** Where the APIs are: beside the page, also when a proxy puts both under a path. */
const BASE = new URL(".", location.href);

/** A question that was not answered. */
export class Failure extends Error {
  /** The status; 0 when there was no answer. */
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }

  /** Whether the server is there but not ready yet: its log is being replayed. */
  get isStarting(): boolean {
    return this.status === 503 && /starting|replay/.test(this.message);
  }
}

/** The address of a path with parameters; empty ones are left out. */
export function address(path: string, parameters: Readonly<Record<string, string>> = {}): URL {
  const url = new URL(path.replace(/^\//, ""), BASE);
  for (const [name, value] of Object.entries(parameters)) if (value !== "") url.searchParams.set(name, value);
  return url;
}

/** What to ask with. */
export interface Options {
  readonly signal?: AbortSignal;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * The JSON that answers a GET. Throws a [`Failure`] for anything else, and the signal's reason when it was raised.
 */
export async function ask<Answer>(url: URL, { signal, headers }: Options = {}): Promise<Answer> {
  const response = await reach(url, { signal: signal ?? null, headers: headers ?? {} });
  return (await response.json()) as Answer;
}

/** The same; null when this Belfry has nothing at that path. */
export async function askIfThere<Answer>(url: URL, options: Options = {}): Promise<Answer | null> {
  try {
    return await ask<Answer>(url, options);
  } catch (error) {
    if (error instanceof Failure && error.status === 404) return null;
    throw error;
  }
}

/** Changes something: with a body it is posted as JSON, without one the path is deleted. The text that answers. */
export async function change(url: URL, body: unknown = undefined): Promise<string> {
  const how = body === undefined ? { method: "DELETE" } : { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  return (await reach(url, how)).text();
}

async function reach(url: URL, how: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, { ...how, credentials: "same-origin" });
  } catch (error) {
    if (how.signal?.aborted) throw error;
    throw new Failure(0, "Belfry does not answer. Is it running, and can this machine reach it?");
  }
  if (!response.ok) throw new Failure(response.status, await told(response));
  return response;
}

async function told(response: Response): Promise<string> {
  const text = (await response.text()).trim();
  if (/^["{]/.test(text)) {
    try {
      const said = JSON.parse(text) as string | { error?: string; message?: string };
      // Alertmanager's API answers with a bare text in JSON.
      return typeof said === "string" ? said : (said.error ?? said.message ?? text);
    } catch {
      return text;
    }
  }
  return text || `${response.status} ${response.statusText}`;
}
