/** Storage of this browser, shared by its windows; limited to this page where the browser refuses it. */

const memory = new Map<string, string>();

export function read(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return memory.get(key) ?? null;
  }
}

export function write(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    memory.set(key, value);
  }
}

export function forget(key: string): void {
  memory.delete(key);
  try {
    localStorage.removeItem(key);
  } catch {
    // The value was kept in memory only.
  }
}

/** Return whether stored values outlast this page. */
export function lasts(): boolean {
  try {
    return localStorage !== null;
  } catch {
    return false;
  }
}
