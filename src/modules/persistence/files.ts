/** Names within the state directory, and the module's own. */
export const MODULE = "persistence"
export const DATABASE_FILE = "tradewind.db"
