import { NodeFileSystem } from "@effect/platform-node"
import { describe, expect, it } from "@effect/vitest"
import { Effect, FastCheck as fc, Schema } from "effect"
import { readdirSync, readFileSync } from "node:fs"
import { AppConfig } from "../../src/composition/app-config.ts"
import { configurationDoc } from "../../src/composition/configuration-doc.ts"
import { variableName } from "../../src/config/environment.ts"
import { readConfigFile } from "../../src/config/files.ts"
import { fileLayer } from "../../src/config/layer.ts"
import { loadConfig } from "../../src/config/load.ts"
import { fieldAt, isSection, knownPaths } from "../../src/config/schema-tree.ts"
import { writtenDefaults } from "../../src/config/value-problems.ts"
import { isSecretName } from "../../src/domain/secret-name.ts"

const folder = new URL("../../config/", import.meta.url)
const paths = knownPaths(AppConfig.ast)
const leaves = paths.filter((path) => !isSection(fieldAt(AppConfig.ast, path)?.ast ?? AppConfig.ast))
/** Secrets are refused in a file whatever they are: test/config/load.test.ts. */
const writable = leaves.filter((path) => !path.some(isSecretName))
const written = (path: ReadonlyArray<string>, value: unknown) =>
  fileLayer("mine.json", JSON.stringify(path.reduceRight<unknown>((below, key) => ({ [key]: below }), value)))

describe("the packaged configuration", () => {
  it("default.json – says of every setting what its schema says", () => {
    const file: unknown = JSON.parse(readFileSync(new URL("default.json", folder), "utf8"))
    expect(file, "after a changed default: npm run config:default").toEqual(writtenDefaults(AppConfig))
  })

  it("docs/configuration.md – is what the schemas say", () => {
    const page = readFileSync(new URL("../docs/configuration.md", folder), "utf8")
    expect(page, "after a changed setting: npm run config:default").toBe(configurationDoc())
  })

  it.effect.each(readdirSync(folder))("%s – is accepted", (name) =>
    Effect.gen(function* () {
      const layer = yield* readConfigFile(new URL(name, folder).pathname, name)
      expect(
        Schema.is(Schema.typeSchema(AppConfig))(yield* loadConfig({ schema: AppConfig, layers: [layer] }))
      ).toBe(true)
    }).pipe(Effect.provide(NodeFileSystem.layer))
  )

  it("settings – are all described, no secret but the wallet's, each has a variable of its own", () => {
    expect(leaves.length).toBeGreaterThan(30)
    const undescribed = leaves.filter((path) => (fieldAt(AppConfig.ast, path)?.description ?? "") === "")
    expect(undescribed.map((path) => path.join("."))).toEqual([])
    expect(paths.filter((path) => path.some(isSecretName)).map((path) => path.join("."))).toEqual(
      ["privateKey", "apiKey", "apiSecret", "apiPassphrase"].map((name) => `polymarket.wallet.${name}`)
    )
    expect(new Set(paths.map(variableName)).size).toBe(paths.length)
  })

  it.effect.prop(
    "loadConfig – any misspelt setting is refused by its name, with one that exists beside it",
    { path: fc.constantFrom(...writable), at: fc.nat(), instead: fc.constantFrom("", "x", "Z9", "_") },
    ({ at, instead, path }) =>
      Effect.gen(function* () {
        const key = path.at(-1) ?? ""
        const cut = at % key.length
        const misspelt = [...path.slice(0, -1), key.slice(0, cut) + instead + key.slice(cut + 1)]
        fc.pre(!paths.some((known) => known.join(".") === misspelt.join(".")))
        const { problems } = yield* Effect.flip(
          loadConfig({ schema: AppConfig, layers: [written(misspelt, 1)] })
        )
        expect(problems).toHaveLength(1)
        expect(problems[0]).toMatch(
          `unknown key "${misspelt.join(".")}" (mine.json, line 1): the nearest known key is "`
        )
      }),
    { fastCheck: { numRuns: 100 } }
  )

  it.effect.prop(
    "loadConfig – any setting of a wrong type is refused by its name, with what is allowed",
    { path: fc.constantFrom(...writable), value: fc.constantFrom<unknown>({ a: { b: [] } }, [[{}]]) },
    ({ path, value }) =>
      Effect.gen(function* () {
        const { problems } = yield* Effect.flip(
          loadConfig({ schema: AppConfig, layers: [written(path, value)] })
        )
        expect(problems).toHaveLength(1)
        expect(problems[0]).toMatch(`"${path.join(".")}" is `)
        expect(problems[0]).toContain("(mine.json, line 1): expected ")
        expect(problems[0]).not.toContain("another kind of value")
      }),
    { fastCheck: { numRuns: 100 } }
  )
})
