import assert from "node:assert/strict";
import { test } from "node:test";
import { candidates, direction, hasAddress, takesKeys, troubles } from "../src/phone/health.ts";
import { rms } from "../src/phone/levels.ts";
import { canDial, next, onCall, type PhoneEvent, type PhoneState } from "../src/phone/states.ts";

const AUDIO = "m=audio 9 UDP/TLS/RTP/SAVPF 111 126\r\n";
const EVENTS = "a=rtpmap:126 telephone-event/8000\r\n";
const HIDDEN = "a=candidate:1 1 udp 2113937151 0b2c.local 5000 typ host generation 0\r\n";
const SHOWN = "a=candidate:2 1 udp 2113937151 192.0.2.7 5000 typ host generation 0\r\n";

function through(state: PhoneState, ...events: PhoneEvent[]): PhoneState {
  return events.reduce(next, state);
}

test("a call from the first click to its end", () => {
  assert.equal(through("off", "start", "granted", "registered", "dial", "answered", "hung-up"), "ended");
});

test("after a call comes another one", () => {
  assert.equal(next("ended", "dial"), "calling");
  assert.ok(canDial("ended") && canDial("ready") && !canDial("talking") && !canDial("registering"));
});

test("a connection that is lost ends no call", () => {
  for (const state of ["calling", "talking"] as const) {
    assert.equal(through(state, "lost", "registered"), state);
    assert.ok(onCall(state));
  }
  assert.equal(through("ready", "lost"), "registering");
});

test("without a microphone nothing is registered", () => {
  assert.equal(through("off", "start", "denied", "registered", "dial"), "no-microphone");
  assert.equal(next("no-microphone", "start"), "asking");
});

test("hidden addresses are none", () => {
  assert.equal(hasAddress(AUDIO + HIDDEN), false);
  assert.equal(hasAddress(AUDIO + HIDDEN + SHOWN), true);
  assert.deepEqual(candidates(SHOWN), [{ address: "192.0.2.7", kind: "host" }]);
});

test("the direction is that of the audio, else of the whole, else both ways", () => {
  assert.equal(direction(AUDIO), "sendrecv");
  assert.equal(direction(`${AUDIO}a=recvonly\r\n`), "recvonly");
  assert.equal(direction(`a=inactive\r\n${AUDIO}`), "inactive");
  assert.equal(direction(`a=inactive\r\n${AUDIO}a=sendrecv\r\nm=video 0 RTP/AVP 1\r\na=sendonly\r\n`), "sendrecv");
});

test("what is wrong is said, worst first, and not before it is known", () => {
  assert.deepEqual(troubles({ microphone: true, address: null, bothWays: null, keys: null }), []);
  assert.deepEqual(troubles({ microphone: false, address: false, bothWays: false, keys: false }), ["microphone", "address", "one-way", "keys"]);
  assert.equal(takesKeys(AUDIO + EVENTS), true);
  assert.equal(takesKeys(AUDIO), false);
});

test("loudness", () => {
  assert.equal(rms(new Float32Array()), 0);
  assert.equal(rms(new Float32Array([0.5, -0.5, 0.5, -0.5])), 0.5);
});
