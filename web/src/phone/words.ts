// What the phone says to people.
import type { Trouble } from "./health.ts";
import type { PhoneState } from "./states.ts";

const states: Record<PhoneState, string> = {
  off: "The phone is off",
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

export const P = {
  title: "Phone",
  states,
  troubles,
  start: "Start the phone",
  call: "Call me",
  mute: "Mute",
  hangUp: "Hang up",
  keys: "Keys",
  key: (key: string) => `Press ${key}`,
  pressed: "Keys pressed",
  mine: "You",
  theirs: "The flow",
};
