import { outlineOf, peaksOf } from "./sound.ts";

const PARTS = 240;
const HALF = 32;

/** A recording as a picture; beside it the length says in words what it shows. */
export function Wave({ samples, label }: { samples: Float32Array; label: string }) {
  return (
    <svg className="wave" viewBox={`0 0 ${PARTS} ${2 * HALF}`} preserveAspectRatio="none" role="img" aria-label={label}>
      <path d={outlineOf(peaksOf(samples, PARTS), HALF)} />
    </svg>
  );
}
