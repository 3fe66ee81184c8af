import { defineConfig } from "vitest/config";

// Many random cases take a while on a machine that does other work as well.
export default defineConfig({ test: { name: "notes", testTimeout: 120_000 } });
