/** Where the package is: the build puts this code into a file of its own and into the daemon's single one. */
import { existsSync } from "node:fs"

const rootAbove = (folder: URL): URL => {
  if (existsSync(new URL("package.json", folder))) return folder
  const above = new URL("../", folder)
  if (above.href === folder.href)
    throw new Error(`no package.json above ${import.meta.url}: install the package anew`)
  return rootAbove(above)
}

/** The nearest folder above with a package.json. */
export const PACKAGE_ROOT = rootAbove(new URL("./", import.meta.url))
