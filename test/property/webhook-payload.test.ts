/** Whatever comes by webhook: an answer without a throw, and of what comes through nothing but freezes of lanes there are. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { plainText } from "../../services/console/webhook/plain-text.ts";
import { alertOf, notificationOf, OPEN, openWebhookDesk } from "../support/webhook-desk.ts";

const LANES = new Set(["support", "sales/eu"]);
const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.constantFrom("freeze", "support", "sales/eu", "lane:support", "template:qa@3", "resume", "__proto__"),
);
const labels = fc.dictionary(
  fc.oneof(fc.constantFrom("action", "lane", "subject", "alertname", "rule", "__proto__"), text),
  text,
  { maxKeys: 8 },
);
const alert = fc.record(
  {
    status: fc.constantFrom("firing", "resolved", "other"),
    labels: fc.oneof({ weight: 9, arbitrary: labels }, { weight: 1, arbitrary: fc.jsonValue() }),
    annotations: labels,
    startsAt: fc.oneof(
      fc
        .date({ noInvalidDate: true, min: new Date(0), max: new Date(4e12) })
        .map((date) => date.toISOString()),
      text,
    ),
    fingerprint: fc.oneof(fc.stringMatching(/^[0-9a-f]{16}$/), text),
  },
  { requiredKeys: ["labels"] },
);
const body = fc.oneof(
  fc.record({
    version: fc.constant("4"),
    receiver: text,
    alerts: fc.array(fc.oneof(alert, fc.constant(alertOf())), { maxLength: 4 }),
  }),
  fc.jsonValue(),
);

describe("a webhook's payload", () => {
  it("is answered with 200 or 422, and asks for nothing but freezes in lanes that exist", async () => {
    await fc.assert(
      fc.asyncProperty(body, async (payload) => {
        const desk = openWebhookDesk(OPEN, LANES);
        const answer = await desk.post("alertmanager", JSON.stringify(payload));
        expect([200, 422]).toContain(answer.status);
        for (const { kind, lane, subject, actor, reason } of desk.sent) {
          expect(kind).toBe("freeze");
          expect(LANES).toContain(lane);
          if (subject.startsWith("lane:")) expect(subject).toBe(`lane:${lane}`);
          expect(actor.startsWith("webhook:alertmanager/")).toBe(true);
          expect(actor + reason).toBe(plainText(actor + reason, 10_000));
        }
        if (answer.status === 422) expect(desk.sent).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it("survives every cut and every flipped byte", async () => {
    const whole = Buffer.from(JSON.stringify(notificationOf(alertOf())));
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.nat(255), fc.boolean(), async (at, byte, cut) => {
        const desk = openWebhookDesk(OPEN, LANES);
        const bytes = cut ? whole.subarray(0, at) : Uint8Array.from(whole);
        if (!cut) bytes[at] = byte;
        const answer = await desk.post("alertmanager", bytes);
        expect([200, 422]).toContain(answer.status);
        expect(desk.sent.length).toBeLessThanOrEqual(1);
      }),
      { numRuns: 300 },
    );
  });
});
