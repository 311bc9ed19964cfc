/** The persistence module: the journal, and its backups where it is kept. */
import type { CommandExecutor, FileSystem, Path } from "@effect/platform"
import { Effect, Layer } from "effect"
import { backupsLayer } from "../modules/persistence/backups.ts"
import { layerConfig } from "../modules/persistence/persistence.ts"
import type { Machine } from "../ports/machine.ts"
import type { ModuleHost } from "../ports/module-host.ts"
import type { Persistence, PersistenceError } from "../ports/persistence.ts"
import { backupAside } from "./backup.ts"
import type { DaemonParts } from "./daemon.ts"

/** A temporary directory is not worth a backup: it goes with the run. */
export const persistenceModule = ({
  config,
  state,
  world
}: DaemonParts): Layer.Layer<
  Persistence,
  PersistenceError,
  FileSystem.FileSystem | Path.Path | ModuleHost | Machine | CommandExecutor.CommandExecutor
> => {
  const settings = config.persistence
  const journal = layerConfig(settings, state.path, world.name, state.account)
  if (state.temporary) return journal
  return Layer.unwrapEffect(
    Effect.map(backupAside(state.path), (copy) => backupsLayer(settings, state.path, copy))
  ).pipe(Layer.provideMerge(journal))
}
