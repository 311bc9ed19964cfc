#!/usr/bin/env node
/**
 * Writes config/default.json and docs/configuration.md from the settings' schemas: run it (npm run config:default) after a
 * setting changed.
 */
import { writeFileSync } from "node:fs"
import { AppConfig } from "../dist/lib/composition/app-config.js"
import { configurationDoc } from "../dist/lib/composition/configuration-doc.js"
import { writtenDefaults } from "../dist/lib/config/value-problems.js"

const at = (path) => new URL(`../${path}`, import.meta.url)
writeFileSync(at("config/default.json"), `${JSON.stringify(writtenDefaults(AppConfig), null, 2)}\n`)
writeFileSync(at("docs/configuration.md"), configurationDoc())
