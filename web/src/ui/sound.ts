// Recordings as samples: what is drawn of them, and the WAV file that is sent. Pure.

const HEADER = 44;
const FULL = 32_767;

/** The loudest sample of each of `count` parts, 0 to 1. */
export function peaksOf(samples: Float32Array, count: number): number[] {
  const part = samples.length / count;
  return Array.from({ length: count }, (_, place) => {
    let top = 0;
    for (let at = Math.floor(place * part); at < Math.floor((place + 1) * part); at += 1) {
      top = Math.max(top, Math.abs(samples[at] ?? 0));
    }
    return Math.min(1, top);
  });
}

/** The middle of several channels. */
export function monoOf(channels: Float32Array[]): Float32Array {
  const [first] = channels;
  if (!first || channels.length === 1) return first ?? new Float32Array();
  return first.map((_, at) => channels.reduce((sum, channel) => sum + (channel[at] ?? 0), 0) / channels.length);
}

/** A WAV file of 16-bit samples, one channel. */
export function wavOf(samples: Float32Array, rate: number): ArrayBuffer {
  const bytes = new ArrayBuffer(HEADER + 2 * samples.length);
  const view = new DataView(bytes);
  const text = (at: number, word: string) => [...word].forEach((sign, place) => view.setUint8(at + place, sign.charCodeAt(0)));
  text(0, "RIFF");
  view.setUint32(4, bytes.byteLength - 8, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true); // PCM
  view.setUint16(22, 1, true);
  view.setUint32(24, rate, true);
  view.setUint32(28, 2 * rate, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  text(36, "data");
  view.setUint32(40, 2 * samples.length, true);
  samples.forEach((sample, at) => view.setInt16(HEADER + 2 * at, Math.round(Math.max(-1, Math.min(1, sample)) * FULL), true));
  return bytes;
}

/** An SVG path of peaks around the middle of a box of 2 × `half` in height, one unit a peak. */
export function outlineOf(peaks: number[], half: number): string {
  return peaks.map((peak, at) => `M${at} ${half - Math.max(0.5, peak * half)}V${half + Math.max(0.5, peak * half)}`).join("");
}
