// How loud a stream is now: its root mean square, 0 to 1.

export interface Meter {
  level: () => number;
  stop: () => void;
}

export const SILENT: Meter = { level: () => 0, stop: () => undefined };

export function meter(context: AudioContext, stream: MediaStream): Meter {
  const source = context.createMediaStreamSource(stream);
  const analyser = context.createAnalyser();
  analyser.fftSize = 1024;
  source.connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  return {
    level: () => {
      analyser.getFloatTimeDomainData(samples);
      return rms(samples);
    },
    stop: () => source.disconnect(),
  };
}

export function rms(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return samples.length === 0 ? 0 : Math.sqrt(sum / samples.length);
}
