import { defineConfig } from "vitest/config";

// Styles are read by the test of their contrast.
export default defineConfig({ test: { css: true } });
