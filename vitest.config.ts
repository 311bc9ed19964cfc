import { defineConfig } from "vitest/config"

/** Tests that start `node dist/main.js`: built once before them, run after the others and one file at a time. */
const processTests = ["test/process/**/*.test.ts", "test/**/*.process.test.ts"]

export default defineConfig({
  test: {
    // An exploration has more cases than the suite has time for.
    testTimeout: 30_000 * Math.max(1, Number(process.env["TRADEWIND_PROPERTY_RUNS"] ?? 100) / 100),
    setupFiles: ["test/support/properties.ts"],
    hookTimeout: 60_000,
    // By itself it would leave one of two cores idle.
    minWorkers: 2,
    maxWorkers: 2,
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
