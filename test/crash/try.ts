import { planOf } from "/work/crash/test/crash/plan.ts"
import { runPlan } from "/work/crash/test/crash/run.ts"
const plan = planOf(Number(process.argv[2] ?? 1), Number(process.argv[3] ?? 2))
console.log(JSON.stringify(plan, null, 1))
console.log(JSON.stringify(await runPlan(plan, true), null, 1))
