/** A process that writes to a database for so many milliseconds, and says when it has begun. */
import { openBare } from "./driver.mjs"

const db = openBare(process.argv[2])
db.exec("BEGIN IMMEDIATE")
process.stdout.write("held\n")
setTimeout(() => {
  db.exec("ROLLBACK")
  db.close()
}, Number(process.argv[3]))
