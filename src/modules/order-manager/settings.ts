/** Settings of the order-manager. */
import { Schema } from "effect"

const ms = (defaultMs: number, description: string) =>
  Schema.optionalWith(
    Schema.Int.pipe(Schema.between(0, 86_400_000)).annotations({
      description: `${description} Milliseconds, 0..86400000.`
    }),
    { default: () => defaultMs }
  )

export const Settings = Schema.Struct({
  unknownTimeoutMs: ms(
    120_000,
    "An order of unknown outcome that the venue has been saying for this long not to know never reached it. Orders have shown up 40 s after the send timed out."
  ),
  lateAfterMs: ms(
    3_000,
    "How long fills may lag behind the venue's report of the order before the venue is asked for its trades."
  ),
  recheckAfterMs: ms(
    60_000,
    "A resting order without news, or a fill that is not confirmed, is asked about after this."
  ),
  askIntervalMs: ms(
    1_000,
    "Least time between two questions about one order; it doubles with each question."
  ),
  maxAskIntervalMs: ms(60_000, "Most time between two questions about one order."),
  unknownAlertMs: ms(10_000, "An order whose outcome is not known for this long is told as an error, once."),
  escalateAfterMs: ms(
    60_000,
    "How long the venue may show less of an order than our record before nothing more is entered in its instrument."
  ),
  compareWithinMs: ms(
    1_200_000,
    "Orders that changed no longer ago than this are compared with the venue's trades at each reconciliation, besides those that are open."
  ),
  foreignOrders: Schema.optionalWith(
    Schema.Literal("leave", "cancel").annotations({
      description:
        "What is done with orders that rest on the account and are not of our journal: leave (they are shown only) or cancel."
    }),
    { default: () => "leave" as const }
  ),
  resendExits: Schema.optionalWith(
    Schema.Boolean.annotations({
      description:
        "Whether an exit that the venue does not know is sent once more, as the very same order: the venue takes an order's id once. Entries never are."
    }),
    { default: () => true }
  ),
  resendAfterMs: ms(2_000, "How long the venue must have been saying that it does not know such an exit."),
  resendWithinMs: ms(15_000, "An exit that was decided longer ago is not sent again."),
  maxAsksPerCall: Schema.optionalWith(
    Schema.Int.pipe(Schema.between(1, 100)).annotations({
      description: "Orders asked about in one tick (1..100)."
    }),
    { default: () => 4 }
  )
})
