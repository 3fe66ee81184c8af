/** Whether this deployment has GetStream's SDK, loaded only when needed. */

import type { StreamFacts, StreamModule } from "@connvo/rtc";

type Told = { client: string; apiKey: string; callType: string; baseUrl?: string };

const TOLD_WITHIN_MS = 5_000;
let loaded: Promise<StreamModule> | null = null;
let tries = 0;

/** Return null if there is none. Rejects while the server does not say. */
export async function getStream(): Promise<StreamFacts | null> {
  const response = await fetch("/api/getstream", { signal: AbortSignal.timeout(TOLD_WITHIN_MS) });
  if (response.status === 404) return null; // a server of an older version
  if (!response.ok) throw new Error(`The server does not say whether it has GetStream's client (${response.status}).`);
  const told = (await response.json()) as Told | null;
  if (!told) return null;
  const { client, ...facts } = told;
  return { ...facts, load: () => load(client) };
}

/** Browsers may cache a failed import, so each attempt uses another address. */
async function load(client: string): Promise<StreamModule> {
  loaded ??= import(/* @vite-ignore */ `${client}?${++tries}`) as Promise<StreamModule>;
  try {
    return await loaded;
  } catch (error) {
    loaded = null;
    throw error;
  }
}
