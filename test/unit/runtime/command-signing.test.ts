import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import {
  keyIdOf,
  personalKey,
  signCommand,
  type UnsignedCommand,
  verifyCommand,
} from "../../../services/runtime/command-signing.ts";
import { HOSTILE_NAMES } from "../../support/hostile-names.ts";
import { makeTempDir } from "../../support/run-command.ts";

const dir = makeTempDir();
afterAll(() => dir.remove());
const COMMAND: UnsignedCommand = {
  commandId: "c",
  kind: "resume",
  subject: "lane:a",
  lane: "a",
  actor: "ann",
  reason: "because",
  issuedMs: 5,
};

describe("command signatures", () => {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const signed = signCommand(COMMAND, privateKey);

  it("hold for the key and the fields they were made for", () => {
    expect(signed).toMatchObject({ ...COMMAND, keyId: keyIdOf(publicKey) });
    expect(verifyCommand(signed, publicKey)).toBe(true);
    expect(verifyCommand(signed, generateKeyPairSync("ed25519").publicKey)).toBe(false);
  });

  it("do not hold once any field is another", () => {
    for (const [field, value] of Object.entries(signed)) {
      const other = typeof value === "number" ? value + 1 : `${value}x`;
      expect([field, verifyCommand({ ...signed, [field]: other }, publicKey)]).toEqual([field, false]);
    }
    // Joined fields would let a subject end where the lane begins.
    const moved = { ...signed, subject: "lane:", lane: "aa" };
    expect(verifyCommand(moved, publicKey)).toBe(false);
    expect(verifyCommand({ ...signed, signature: "" }, publicKey)).toBe(false);
    expect(verifyCommand({ ...signed, signature: "%%%" }, publicKey)).toBe(false);
  });
});

describe("the key of a person", () => {
  it("is made once, kept private, with its public half beside it", async () => {
    const [a, b] = await Promise.all([personalKey(dir.path, "ann"), personalKey(dir.path, "ann")]);
    expect(keyIdOf(createPublicKey(a))).toBe(keyIdOf(createPublicKey(b)));
    expect(readdirSync(join(dir.path, "keys")).sort()).toEqual(["ann.pem", "ann.pub.pem"]);
    expect(statSync(join(dir.path, "keys", "ann.pem")).mode & 0o077).toBe(0);
  });

  it("stays in its directory whatever the name", async () => {
    const made = new Set<string>();
    for (const name of HOSTILE_NAMES) made.add(keyIdOf(createPublicKey(await personalKey(dir.path, name))));
    expect(made.size).toBe(HOSTILE_NAMES.length);
    expect(readdirSync(join(dir.path, "keys"))).toHaveLength(2 * (HOSTILE_NAMES.length + 1));
    expect(readdirSync(dir.path)).toEqual(["keys"]);
  });

  it("is refused where the file holds another kind of key", async () => {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    writeFileSync(join(dir.path, "keys", "ben.pem"), privateKey.export({ type: "pkcs8", format: "pem" }));
    await expect(personalKey(dir.path, "ben")).rejects.toThrow(/ben\.pem holds no Ed25519 key/);
  });
});
