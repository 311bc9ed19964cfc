// `node --import` this file, and Node runs the project's TypeScript as it is: a test can start a process without a build.
import { readFile } from "node:fs/promises"
import { register } from "node:module"
import { isMainThread } from "node:worker_threads"

if (isMainThread) register(import.meta.url)

export const load = async (url, context, next) => {
  if (!url.endsWith(".ts")) return next(url, context)
  const { default: typescript } = await import("typescript")
  const { outputText } = typescript.transpileModule(await readFile(new URL(url), "utf8"), {
    compilerOptions: {
      module: typescript.ModuleKind.ESNext,
      target: typescript.ScriptTarget.ES2022,
      verbatimModuleSyntax: true
    }
  })
  return { format: "module", source: outputText, shortCircuit: true }
}
