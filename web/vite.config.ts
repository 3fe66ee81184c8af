import { defineConfig } from "vite";

export default defineConfig({
  build: { outDir: "dist", target: "es2022", sourcemap: false },
  server: {
    proxy: {
      "/api": { target: "http://127.0.0.1:3210", ws: true },
      "/getstream": "http://127.0.0.1:3210",
      "/.well-known": "http://127.0.0.1:3210",
    },
  },
});
