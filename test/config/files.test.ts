import { FileSystem } from "@effect/platform"
import { NodeFileSystem } from "@effect/platform-node"
import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { readConfigFile } from "../../src/config/files.ts"

describe("readConfigFile", () => {
  it.scoped("readConfigFile – reads a file; what is missing, a folder or too large is named", () =>
    Effect.gen(function* () {
      const files = yield* FileSystem.FileSystem
      const folder = yield* files.makeTempDirectoryScoped()
      yield* files.writeFileString(`${folder}/good.json`, '{"mode": "sim"}')
      yield* files.writeFileString(`${folder}/large.json`, " ".repeat(1_048_577))
      const good = yield* readConfigFile(`${folder}/good.json`)
      expect(good).toMatchObject({ kind: "file", value: { mode: "sim" }, problems: [] })
      const problems = yield* Effect.forEach(["missing.json", "", "large.json"], (name) =>
        Effect.map(readConfigFile(`${folder}/${name}`, `my/${name}`), (layer) => layer.problems)
      )
      expect(problems).toEqual([
        ["cannot read configuration file my/missing.json: there is no such file; check the path"],
        ["cannot read configuration file my/: it is not a file"],
        ["cannot read configuration file my/large.json: it is larger than 1048576 bytes"]
      ])
    }).pipe(Effect.provide(NodeFileSystem.layer))
  )
})
