// The microphone, and what the browser makes of recordings: any format it knows, as samples.
import { monoOf, wavOf } from "./sound.ts";

const RATE_HZ = 48_000;

export interface Sound {
  samples: Float32Array;
  rate: number;
  /** What is sent to the desk. */
  wav: Blob;
}

export interface Recording {
  stop: () => Promise<Sound>;
  cancel: () => void;
}

/** Begin to record; the browser asks for leave the first time. */
export async function record(): Promise<Recording> {
  // As it is: what the browser does against noise takes the ends off words.
  const stream = await navigator.mediaDevices.getUserMedia({
    audio: { channelCount: 1, echoCancellation: false, noiseSuppression: false, autoGainControl: false },
  });
  const recorder = new MediaRecorder(stream);
  const parts: Blob[] = [];
  recorder.addEventListener("dataavailable", (event) => parts.push(event.data));
  const release = () => stream.getTracks().forEach((track) => track.stop());
  recorder.start();
  return {
    cancel: () => {
      if (recorder.state !== "inactive") recorder.stop();
      release();
    },
    stop: async () => {
      await new Promise((done) => {
        recorder.addEventListener("stop", done, { once: true });
        recorder.stop();
      });
      release();
      return soundOf(new Blob(parts, { type: recorder.mimeType }));
    },
  };
}

/** Read a recording; raises what the browser says of one that it cannot read. */
export async function soundOf(file: Blob): Promise<Sound> {
  // Offline: reading needs no loudspeaker.
  const context = new OfflineAudioContext(1, 1, RATE_HZ);
  const buffer = await context.decodeAudioData(await file.arrayBuffer());
  const channels = Array.from({ length: buffer.numberOfChannels }, (_, number) => buffer.getChannelData(number));
  const samples = monoOf(channels);
  return { samples, rate: buffer.sampleRate, wav: new Blob([wavOf(samples, buffer.sampleRate)], { type: "audio/wav" }) };
}
