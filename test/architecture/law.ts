/** Who may import whom. `domain ← ports ← modules`; `domain ← protocol ← modules, paper-exchange`; `domain, ports ← orchestrator`; a module never imports another. */
import { builtinModules } from "node:module"
import type { Import, ParsedFile, Violation } from "./source.ts"

const words = (text: string): ReadonlyArray<string> => text.split(" ")

const builders = words(
  "domain protocol ports orchestrator modules paper-exchange recordings storage virtual-time config edge composition"
)

/** Folders of src/, `main` and `edge` for the files (or folders) of that name. */
const allowed: Readonly<Record<string, ReadonlyArray<string>>> = {
  domain: words("domain"),
  protocol: words("domain protocol"),
  ports: words("domain ports"),
  orchestrator: words("domain ports orchestrator"),
  modules: words("domain protocol ports storage"),
  "paper-exchange": words("domain protocol ports storage paper-exchange"),
  recordings: words("domain ports recordings"),
  storage: words("domain ports storage"),
  "virtual-time": words("domain ports virtual-time"),
  config: words("domain config"),
  edge: words("domain ports virtual-time edge"),
  cli: words("domain ports orchestrator recordings config composition edge cli"),
  composition: builders,
  main: [...builders, "cli"]
}

/** Single files that a zone may import besides. */
const exceptions: ReadonlyArray<{
  readonly from: string
  readonly target: string | RegExp
  readonly typesOnly: boolean
}> = [
  { from: "recordings", target: "src/paper-exchange/market-source.ts", typesOnly: false },
  { from: "paper-exchange", target: /^src\/recordings\//, typesOnly: true }
]

/** What domain may take from `effect`: data and pure functions, no services and nothing that runs. */
const pureEffect = new Set([
  ...words(
    "Array BigDecimal BigInt Boolean Brand Chunk Data DateTime Duration Either Equal Equivalence Function"
  ),
  ...words(
    "HashMap HashSet Hash Iterable List Match Number Option Order ParseResult Predicate Record Schema"
  ),
  ...words("SchemaAST SortedMap SortedSet String Struct Tuple absurd flow hole identity pipe")
])

/** Built-in modules that bring time, chance or the process itself. */
const edgeOnlyBuiltins = new Set([
  ...words("process timers timers/promises perf_hooks worker_threads child_process cluster async_hooks"),
  ...words("vm v8 readline readline/promises tty module")
])

/** What pure functions of the protocol are made from: hashes, the curve, data types. */
const protocolPackages = new Set(words("effect crypto hash-wasm tiny-secp256k1"))

/** Chance from node:crypto; its hashes and ciphers are free to use by name. */
const chanceOfCrypto =
  /^(\*|default|random\w*|webcrypto|subtle|getRandomValues|generateKey\w*|pseudoRandomBytes|rng|prng)$/

interface Place {
  readonly zone: string
  readonly module: string | undefined
}

const placeOf = (path: string): Place => {
  const [, first = "", second = ""] = path.split("/")
  return { zone: first.replace(/\.ts$/, ""), module: first === "modules" ? second : undefined }
}

const isException = (zone: string, found: Import): boolean =>
  exceptions.some(
    ({ from, target, typesOnly }) =>
      from === zone &&
      (typeof target === "string" ? target === found.target : target.test(found.target ?? "")) &&
      !(typesOnly && found.runtime)
  )

const relativeFault = (from: Place, found: Import, paths: ReadonlySet<string>): string | undefined => {
  const target = found.target ?? ""
  if (!paths.has(target)) return `imports ${found.specifier}, which is no file of src/`
  const to = placeOf(target)
  if (from.module !== undefined && to.module === from.module) return undefined
  if (to.zone === "modules" && from.zone === "modules") {
    return `module ${from.module} imports module ${to.module}: a module reaches another only through a port`
  }
  if (allowed[from.zone]?.includes(to.zone) === true || isException(from.zone, found)) return undefined
  return `${from.zone} imports ${target}: it may import ${allowed[from.zone]?.join(", ") ?? "nothing"}`
}

const domainFault = (found: Import): string | undefined => {
  const [name = "", sub] = found.specifier.split("/")
  const names = sub === undefined ? found.names : [sub]
  const impure = names.filter((each) => !pureEffect.has(each))
  if (name === "effect" && impure.length === 0) return undefined
  return `domain imports ${found.specifier} (${impure.join(", ") || found.names.join(", ")}): only pure parts of effect`
}

const packageFault = (from: Place, found: Import): string | undefined => {
  const bare = found.specifier.replace(/^node:/, "")
  const builtin = found.specifier.startsWith("node:") || builtinModules.includes(bare)
  if (from.zone === "domain") return domainFault(found)
  if (from.zone === "ports" && !/^effect(\/|$)/.test(found.specifier)) {
    return `ports import ${found.specifier}: a contract needs only effect`
  }
  if (from.zone === "protocol" && !protocolPackages.has(bare.split("/")[0] ?? "")) {
    return `protocol imports ${found.specifier}: it may import ${[...protocolPackages].join(", ")}`
  }
  if (builtin && from.zone !== "edge" && edgeOnlyBuiltins.has(bare)) {
    return `imports ${found.specifier}: only the edge touches the process, raw time and timers`
  }
  if (builtin && bare === "crypto" && from.zone !== "edge") {
    const chance = found.names.filter((name) => chanceOfCrypto.test(name))
    if (chance.length > 0)
      return `imports ${chance.join(", ")} of node:crypto: chance comes from Effect's Random`
  }
  return undefined
}

const importFault = (from: Place, found: Import, paths: ReadonlySet<string>): string | undefined => {
  if (found.specifier === "?") return "imports a computed name: nobody can tell what it is"
  return found.target === undefined ? packageFault(from, found) : relativeFault(from, found, paths)
}

/** Every import that breaks the law, every file outside the house, every barrel. */
export const lawViolations = (files: ReadonlyArray<ParsedFile>): ReadonlyArray<Violation> => {
  const paths = new Set(files.map((file) => file.path))
  return files.flatMap((file) => {
    const from = placeOf(file.path)
    const found = file.imports.flatMap((each) => {
      const what = importFault(from, each, paths)
      return what === undefined ? [] : [{ path: file.path, line: each.line, what }]
    })
    const homeless = allowed[from.zone] === undefined ? ["lies in a folder without an import law"] : []
    const barrel = /(^|\/)index\.[cm]?tsx?$/.test(file.path)
      ? ["is a barrel: import the file that has it"]
      : []
    return [...found, ...[...homeless, ...barrel].map((what) => ({ path: file.path, line: 1, what }))]
  })
}
