/** Seeded normal variables for the tests of statistics (Box and Muller). */
import { Utils } from "effect"

export const gaussians = (seed: number): (() => number) => {
  const chance = new Utils.PCGRandom(seed)
  return () => Math.sqrt(-2 * Math.log(1 - chance.number())) * Math.cos(2 * Math.PI * chance.number())
}
