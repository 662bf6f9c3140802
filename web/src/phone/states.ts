// The states of the phone as a table: what may happen in each, and what it is then. What is not here changes nothing.

export type PhoneState =
  | "off"
  | "asking" // for the microphone
  | "no-microphone"
  | "elsewhere" // the phone is in use in another tab
  | "registering"
  | "ready"
  | "calling"
  | "talking"
  | "ended"
  | "failed";

export type PhoneEvent =
  | "start"
  | "denied"
  | "taken"
  | "granted"
  | "registered"
  | "refused" // by the desk or by Asterisk: no use trying again
  | "lost" // the connection, which is tried again
  | "dial"
  | "answered"
  | "hung-up"
  | "unanswered"
  | "stop";

const BEGIN: Partial<Record<PhoneEvent, PhoneState>> = { start: "asking" };
const STOP: Partial<Record<PhoneEvent, PhoneState>> = { stop: "off" };
const REFUSED: Partial<Record<PhoneEvent, PhoneState>> = { refused: "failed" };

const TABLE: Record<PhoneState, Partial<Record<PhoneEvent, PhoneState>>> = {
  off: BEGIN,
  asking: { denied: "no-microphone", taken: "elsewhere", granted: "registering", ...REFUSED, ...STOP },
  "no-microphone": { ...BEGIN, ...STOP },
  elsewhere: { ...BEGIN, ...STOP },
  registering: { registered: "ready", ...REFUSED, ...STOP },
  ready: { dial: "calling", lost: "registering", ...REFUSED, ...STOP },
  // While somebody calls or talks the connection may go and come back: the sound does not travel by it.
  calling: { answered: "talking", "hung-up": "ended", unanswered: "ended", ...STOP },
  talking: { "hung-up": "ended", ...STOP },
  ended: { dial: "calling", lost: "registering", registered: "ready", ...REFUSED, ...STOP },
  failed: { ...BEGIN, ...STOP },
};

export function next(state: PhoneState, event: PhoneEvent): PhoneState {
  return TABLE[state][event] ?? state;
}

/** Whether the phone has to be started before a call. */
export function isIdle(state: PhoneState): boolean {
  return TABLE[state].start !== undefined;
}

/** Whether there is a call. */
export function onCall(state: PhoneState): boolean {
  return state === "calling" || state === "talking";
}

/** Whether a call may begin. */
export function canDial(state: PhoneState): boolean {
  return TABLE[state].dial !== undefined;
}
