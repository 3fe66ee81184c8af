import { defaultServerConditions } from "vite";
import { defineConfig } from "vitest/config";

const conditions = ["@connvo/source", ...defaultServerConditions];

// Styles are read by the test of their contrast.
export default defineConfig({
  ssr: { resolve: { conditions } },
  resolve: { conditions },
  test: { name: "app", css: true },
});
