import react from "@vitejs/plugin-react";
import { defaultClientConditions, defineConfig, loadEnv } from "vite";

// `make dev` names the server that calls go to.
const server = loadEnv("", ".", "CONNVO_DEV_").CONNVO_DEV_SERVER ?? "http://127.0.0.1:3210";

// The main chunk has 537 kB before compression; a build warns once a chunk outgrows this.
const LARGEST_CHUNK_KB = 560;

// Components are replaced in the open page while it is served for work on it; the built page needs no plugin.
export default defineConfig(({ command }) => ({
  plugins: command === "serve" ? [react()] : [],
  resolve: { conditions: ["@connvo/source", ...defaultClientConditions] },
  // Beside the packages: the server and the wheel take the built page from there.
  build: {
    outDir: "../dist",
    emptyOutDir: true,
    target: "es2022",
    sourcemap: false,
    chunkSizeWarningLimit: LARGEST_CHUNK_KB,
  },
  server: {
    proxy: {
      "/api": { target: server, ws: true },
      "/getstream": server,
      "/.well-known": server,
    },
  },
}));
