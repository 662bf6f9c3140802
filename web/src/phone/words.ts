// What the phone says to people.
import type { Trouble } from "./health.ts";
import type { PhoneState } from "./states.ts";

const states: Record<PhoneState, string> = {
  off: "Hear this draft as a caller would",
  asking: "Allow the microphone, please",
  "no-microphone": "There is no microphone, or it is not allowed for this page",
  elsewhere: "The phone is in use in another tab",
  registering: "Connecting",
  ready: "Ready",
  calling: "Calling",
  talking: "On a call",
  ended: "The call is over",
  failed: "The phone does not work",
};

const troubles: Record<Trouble, string> = {
  microphone: "The microphone is not allowed: nobody hears anything.",
  address: "The browser hides its address, so no sound can come: allow the microphone for this page and load it again.",
  "one-way": "The call goes one way only: nothing will be heard.",
  keys: "Keys cannot be sent in this call.",
};

/** What one can do about it. */
const help: Partial<Record<PhoneState, string>> = {
  asking: "The browser asks at the top of the window.",
  "no-microphone": "Plug one in, or allow it for this page by the sign beside its address. Then press “Call me” again.",
  elsewhere: "Close it there, then press “Call me” again.",
  talking: "Press keys here, or digits on the keyboard.",
};

export const P = {
  title: "Phone",
  states,
  help,
  troubles,
  insecure: "microphones work on pages that come by https only",
  noPhones: "This desk has no telephone for browsers: its Asterisk has no WebSocket port (CALLCENTER_WS_PORT).",
  notKnown: "The telephone exchange does not answer. Is the centre running?",
  call: "Call me",
  mute: "Mute",
  hangUp: "Hang up",
  keys: "Keys",
  key: (key: string) => `Press ${key}`,
  pressed: "Keys pressed",
  mine: "You",
  theirs: "The flow",
};
