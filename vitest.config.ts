import { defineConfig } from "vitest/config"

/** Tests that start `node dist/main.js`: built once before them, run after the others and one file at a time. */
const processTests = ["test/process/**/*.test.ts", "test/**/*.process.test.ts"]

export default defineConfig({
  test: {
    testTimeout: 30_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: processTests,
          sequence: { groupOrder: 0 }
        }
      },
      {
        extends: true,
        test: {
          name: "process",
          include: processTests,
          globalSetup: ["test/support/build-once.ts"],
          testTimeout: 120_000,
          poolOptions: { forks: { singleFork: true } },
          sequence: { groupOrder: 1 }
        }
      }
    ]
  }
})
