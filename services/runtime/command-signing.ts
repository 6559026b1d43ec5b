/**
 * Signatures of commands (law 8): Ed25519 over all fields but the signature itself. An embedded run keeps one key per
 * person in its state directory; whoever can read that directory can speak for them.
 */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { CommandRecord } from "../core/records.ts";

export type UnsignedCommand = Omit<CommandRecord, "keyId" | "signature">;

/** Names that are file names as they are; every other one is stored under its hash. */
const PLAIN_NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;
const KEY_ID_DIGITS = 16;

/** The command with key id and signature (base64). */
export function signCommand(command: UnsignedCommand, privateKey: KeyObject): CommandRecord {
  const keyId = keyIdOf(createPublicKey(privateKey));
  const signature = sign(null, signedBytes({ ...command, keyId }), privateKey).toString("base64");
  return { ...command, keyId, signature };
}

/** True where the signature is of this key and no field was changed. Never throws on a record's content. */
export function verifyCommand(command: CommandRecord, publicKey: KeyObject): boolean {
  if (command.keyId !== keyIdOf(publicKey)) return false;
  const signature = Buffer.from(command.signature, "base64");
  // The decoder passes over what is not base64: one signature must have one spelling.
  if (signature.toString("base64") !== command.signature) return false;
  try {
    return verify(null, signedBytes(command), publicKey, signature);
  } catch {
    return false;
  }
}

/** First 16 hex digits of the SHA-256 of the public key's DER. */
export function keyIdOf(publicKey: KeyObject): string {
  const der = publicKey.export({ type: "spki", format: "der" });
  return createHash("sha256").update(der).digest("hex").slice(0, KEY_ID_DIGITS);
}

/**
 * The key of a person under `<home>/keys`, made at first use: `<name>.pem` readable by its owner only, the public half beside it
 * as `<name>.pub.pem`. Throws where the file is there but holds no Ed25519 key.
 */
export async function personalKey(home: string, name: string): Promise<KeyObject> {
  const directory = join(home, "keys");
  const base = PLAIN_NAME.test(name)
    ? name
    : `_${createHash("sha256").update(name).digest("hex").slice(0, 32)}`;
  const path = join(directory, `${base}.pem`);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const pair = generateKeyPairSync("ed25519");
  try {
    // 1. `wx` loses against whoever came first, so that two processes agree on one key.
    const pem = pair.privateKey.export({ type: "pkcs8", format: "pem" });
    await writeFile(path, pem, { flag: "wx", mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  // 2. What counts is what is there.
  const key = createPrivateKey(await readFile(path, "utf8"));
  if (key.asymmetricKeyType !== "ed25519") throw new Error(`${path} holds no Ed25519 key`);
  const publicPem = createPublicKey(key).export({ type: "spki", format: "pem" });
  await writeFile(join(directory, `${base}.pub.pem`), publicPem, { mode: 0o644 });
  return key;
}

function signedBytes(command: Omit<CommandRecord, "signature">): Buffer {
  const { commandId, kind, subject, lane, actor, reason, issuedMs, keyId } = command;
  return Buffer.from(JSON.stringify([commandId, kind, subject, lane, actor, reason, issuedMs, keyId]));
}
