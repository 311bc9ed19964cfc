/** The quick reader of price changes against the other one: it reads the same, or leaves it alone. */
import { describe, expect, it } from "@effect/vitest"
import { FastCheck as fc } from "effect"
import { scanChanges } from "../../../../src/modules/polymarket/streams/change-scan.ts"
import { readMarketFrame } from "../../../../src/modules/polymarket/streams/market-frame.ts"

const hex = (digits: number) =>
  fc
    .array(fc.constantFrom(..."0123456789abcdef"), { minLength: digits, maxLength: digits })
    .map((all) => all.join(""))
const decimal = fc.oneof(
  fc.integer({ min: 1, max: 99 }).map((cents) => (cents / 100).toFixed(2)),
  fc.integer({ min: 1, max: 999 }).map((tenths) => String(tenths / 1_000)),
  fc.constantFrom(
    "0",
    "1",
    "0.0000",
    "00.5",
    ".5",
    "5.",
    "",
    "-1",
    "1e2",
    "0.00001",
    "12345678901234567890",
    "9007199254740993"
  )
)
const size = fc.oneof(
  fc.nat(10_000_000).map((hundredths) => String(hundredths / 100)),
  decimal
)
const tokens = fc.constantFrom(
  "71321045679252212594626385532706912750332728571942532289631379312455583992563",
  "12",
  "1"
)

const change = fc.record({
  asset_id: fc.oneof(
    { weight: 9, arbitrary: tokens },
    { weight: 1, arbitrary: fc.constantFrom("", "x", "1".repeat(79), 'q"q') }
  ),
  price: fc.oneof({ weight: 9, arbitrary: fc.constant("0.86") }, { weight: 3, arbitrary: decimal }),
  size,
  side: fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom("BUY", "SELL") },
    { weight: 1, arbitrary: fc.constantFrom("", "buy") }
  ),
  hash: fc.oneof(
    { weight: 9, arbitrary: hex(40) },
    { weight: 1, arbitrary: fc.constantFrom("", "\\", "A".repeat(40)) }
  ),
  best_bid: fc.oneof({ weight: 9, arbitrary: fc.constant("0.85") }, { weight: 2, arbitrary: decimal }),
  best_ask: fc.oneof({ weight: 9, arbitrary: fc.constant("0.9") }, { weight: 2, arbitrary: decimal })
})
const frame = fc
  .record({
    market: hex(64).map((digits) => `0x${digits}`),
    price_changes: fc.array(change, { minLength: 1, maxLength: 4 }),
    timestamp: fc.oneof(
      { weight: 9, arbitrary: fc.nat(2_000_000_000_000).map(String) },
      { weight: 1, arbitrary: decimal }
    ),
    event_type: fc.constant("price_change")
  })
  .map((event) => JSON.stringify(event))

/** A text with some of it changed, in ways that a word or a digit may pass for another. */
const spoilt = fc
  .tuple(
    frame,
    fc.array(
      fc.record({
        at: fc.nat(700),
        cut: fc.nat(3),
        put: fc.constantFrom(
          "",
          '"',
          "\\",
          ",",
          "0",
          "9",
          "}",
          "]",
          " ",
          "\n",
          "a",
          "\\u0030",
          "{",
          ":",
          "ÿ",
          "\u0000"
        )
      }),
      { minLength: 1, maxLength: 3 }
    )
  )
  .map(([text, edits]) =>
    edits.reduce(
      (now, { at, cut, put }) => now.slice(0, at % now.length) + put + now.slice((at % now.length) + cut),
      text
    )
  )

/** What the other reader makes of it: with blanks in it, no text is as the venue writes it. */
const otherwise = (text: string) => readMarketFrame(JSON.stringify(JSON.parse(text), null, 1))

describe("the quick reader of price changes", () => {
  it("a frame as the venue writes it – is read, and read as the other one reads it", () => {
    let read = 0
    fc.assert(
      fc.property(frame, (text) => {
        const scanned = scanChanges(text)
        if (scanned === undefined) return
        read += 1
        expect([{ kind: "price_change", ...scanned }]).toEqual(otherwise(text))
      }),
      { numRuns: 2_000 }
    )
    expect(read).toBeGreaterThan(200)
  })

  it("a frame in good order – is not left to the other one", () => {
    fc.assert(
      fc.property(
        hex(64),
        hex(40),
        fc.integer({ min: 1, max: 99 }),
        fc.nat(1_000_000),
        (market, hash, cents, hundredths) => {
          const price = (cents / 100).toFixed(2)
          const one = {
            asset_id: "12",
            price,
            size: String(hundredths / 100),
            side: "BUY",
            hash,
            best_bid: "0",
            best_ask: "1"
          }
          const text = JSON.stringify({
            market: `0x${market}`,
            price_changes: [one, { ...one, asset_id: "13", side: "SELL" }],
            timestamp: "1776808414731",
            event_type: "price_change"
          })
          expect(scanChanges(text)?.changes.length).toBe(2)
        }
      )
    )
  })

  it("a frame that was spoilt – is read as the other one reads it, or not at all", () => {
    let read = 0
    fc.assert(
      fc.property(spoilt, (text) => {
        const scanned = scanChanges(text)
        if (scanned === undefined) return
        read += 1
        expect([{ kind: "price_change", ...scanned }]).toEqual(otherwise(text))
      }),
      { numRuns: 20_000 }
    )
    expect(read).toBeGreaterThan(100)
  })
})
