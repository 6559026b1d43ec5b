/** UTF-8 without the platform's TextEncoder and TextDecoder, which the pure core does not have. */

const REPLACEMENT = 0xfffd;
/** Code units handed to String.fromCharCode at once: well under every engine's argument limit. */
const UNITS_AT_ONCE = 4_096;

/** Writes the UTF-8 of `text` to `out` from `at` on and returns the end. Needs up to 3 bytes a code unit; lone surrogates become U+FFFD. */
export function encodeUtf8Into(text: string, out: Uint8Array, at: number): number {
  let end = at;
  for (let i = 0; i < text.length; i += 1) {
    let point = text.charCodeAt(i);
    if (point >= 0xd800 && point <= 0xdfff) {
      const next = i + 1 < text.length ? text.charCodeAt(i + 1) : 0;
      if (point < 0xdc00 && next >= 0xdc00 && next <= 0xdfff) {
        point = 0x10000 + ((point - 0xd800) << 10) + (next - 0xdc00);
        i += 1;
      } else {
        point = REPLACEMENT;
      }
    }
    if (point < 0x80) {
      out[end++] = point;
    } else if (point < 0x800) {
      out[end++] = 0xc0 | (point >>> 6);
      out[end++] = 0x80 | (point & 63);
    } else if (point < 0x10000) {
      out[end++] = 0xe0 | (point >>> 12);
      out[end++] = 0x80 | ((point >>> 6) & 63);
      out[end++] = 0x80 | (point & 63);
    } else {
      out[end++] = 0xf0 | (point >>> 18);
      out[end++] = 0x80 | ((point >>> 12) & 63);
      out[end++] = 0x80 | ((point >>> 6) & 63);
      out[end++] = 0x80 | (point & 63);
    }
  }
  return end;
}

/** The UTF-8 of `text` in an array of its own; lone surrogates become U+FFFD. */
export function encodeUtf8(text: string): Uint8Array {
  const ascii = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    if (unit >= 0x80) {
      const out = new Uint8Array(text.length * 3);
      return out.slice(0, encodeUtf8Into(text, out, 0));
    }
    ascii[i] = unit;
  }
  return ascii;
}

/**
 * The text of `bytes[start, end)`. What is not UTF-8 becomes U+FFFD, one for each maximal prefix of a sequence, as the
 * WHATWG decoder does: a cut off character gives one, a surrogate written as three bytes gives three. A byte order mark stays.
 * Never throws.
 */
export function decodeUtf8(bytes: Uint8Array, start = 0, end = bytes.length): string {
  const units: number[] = [];
  let text = "";
  let i = start;
  while (i < end) {
    if (units.length >= UNITS_AT_ONCE) {
      text += String.fromCharCode(...units);
      units.length = 0;
    }
    const lead = bytes[i]!;
    if (lead < 0x80) {
      units.push(lead);
      i += 1;
      continue;
    }
    const length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4) {
      units.push(REPLACEMENT);
      i += 1;
      continue;
    }
    let point = lead & (0x7f >>> length);
    let taken = 1;
    while (taken < length && i + taken < end) {
      const byte = bytes[i + taken]!;
      // The second byte of some leads is limited further: it keeps out overlong forms, surrogates and points past U+10FFFF.
      const low = taken === 1 ? secondLow(lead) : 0x80;
      const high = taken === 1 ? secondHigh(lead) : 0xbf;
      if (byte < low || byte > high) break;
      point = (point << 6) | (byte & 63);
      taken += 1;
    }
    i += taken;
    if (taken < length) {
      units.push(REPLACEMENT);
    } else if (point < 0x10000) {
      units.push(point);
    } else {
      units.push(0xd800 + ((point - 0x10000) >>> 10), 0xdc00 + ((point - 0x10000) & 0x3ff));
    }
  }
  return text + String.fromCharCode(...units);
}

function secondLow(lead: number): number {
  return lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
}

function secondHigh(lead: number): number {
  return lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
}
