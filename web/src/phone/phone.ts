// A telephone in the page: SIP over the desk's WebSocket, sound by WebRTC. No screen; `PhonePanel` is one.
//
// Order matters: the microphone is asked for before anything else, because without it browsers hide their addresses and
// calls are silent (see health.ts). Nothing of it is stored: the password lives as long as the page.
import { UA, WebSocketInterface } from "jssip";
import type { RTCSession } from "jssip/lib/RTCSession";
import { type Health, UNKNOWN, direction, hasAddress, takesKeys } from "./health.ts";
import { type Meter, SILENT, meter } from "./levels.ts";
import { type PhoneEvent, type PhoneState, canDial, isIdle, next, onCall } from "./states.ts";
import { P } from "./words.ts";

/** What `GET /api/v1/phone` answers. */
export interface Access {
  uri: string;
  password: string;
  ice_servers: RTCIceServer[];
}

export interface PhoneOptions {
  /** Asks the desk for this session's phone. */
  access: () => Promise<Access>;
  /** Address of the WebSocket; the page's own desk if it is left out. */
  socket?: string;
}

export interface PhoneView {
  state: PhoneState;
  /** Why it failed or the call ended, in words of SIP or of the desk; "" if there is nothing to say. */
  reason: string;
  muted: boolean;
  /** Keys pressed in this call. */
  keys: string;
  /** When the call was answered, ms since the epoch. */
  since: number | null;
  health: Health;
}

export interface Levels {
  mine: number;
  theirs: number;
}

export interface Counts {
  /** Packets, and samples that were really played. */
  sent: number;
  received: number;
  played: number;
  lost: number;
  roundTripMs: number | null;
}

const REGISTER_S = 60;
const RETRY_S = { min: 1, max: 8 };
const SETTLED_MS = 50; // after the last address found: waiting for the end of the search takes seconds
const KEY_MS = 120;
const KEY_GAP_MS = 80;
const LOCK = "callcenter phone"; // one tab of a browser has the phone: the newest registration would win

const AT_REST: PhoneView = { state: "off", reason: "", muted: false, keys: "", since: null, health: UNKNOWN };

export class Phone {
  #view: PhoneView = AT_REST;
  #listeners = new Set<() => void>();
  #options: PhoneOptions;
  #ua: UA | null = null;
  #ice: RTCIceServer[] = [];
  #session: RTCSession | null = null;
  #microphone: MediaStream | null = null;
  #context: AudioContext | null = null;
  #sound: HTMLAudioElement | null = null;
  #mine: Meter = SILENT;
  #theirs: Meter = SILENT;
  #release: () => void = () => undefined;

  constructor(options: PhoneOptions) {
    this.#options = options;
  }

  get view(): PhoneView {
    return this.#view;
  }

  /** Calls `listener` after each change; fits useSyncExternalStore. Returns how to end that. */
  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** How loud both sides are now, 0 to 1: to be asked for each picture of a meter. */
  levels(): Levels {
    return { mine: this.#mine.level(), theirs: this.#theirs.level() };
  }

  /** Gets ready to call. Must come from a click: browsers play no sound before one. */
  async start(): Promise<void> {
    if (next(this.#view.state, "start") !== "asking") return;
    this.#happens("start", { reason: "", health: UNKNOWN });
    try {
      if (!(await this.#lock())) return this.#happens("taken");
      await this.#openMicrophone();
    } catch (error) {
      this.#close();
      return this.#happens("denied", { reason: words(error) });
    }
    if (!this.#is("asking")) return this.#close(); // stopped meanwhile
    this.#happens("granted", { health: { ...UNKNOWN, microphone: true } });
    try {
      const access = await this.#options.access();
      if (this.#is("registering")) this.#register(access);
    } catch (error) {
      this.#close();
      this.#happens("refused", { reason: words(error) });
    }
  }

  /** Starts it if need be, and waits; whether a call may begin. Must come from a click, as `start`. */
  async ready(): Promise<boolean> {
    if (isIdle(this.#view.state)) await this.start();
    const isSettled = () => canDial(this.#view.state) || isIdle(this.#view.state);
    if (!isSettled()) await new Promise<void>((done) => {
      const stop = this.subscribe(() => {
        if (!isSettled()) return;
        stop();
        done();
      });
    });
    return canDial(this.#view.state);
  }

  /** Dials an extension; returns false if this is no time for it. */
  call(extension: string): boolean {
    if (!this.#ua || !this.#microphone || !canDial(this.#view.state)) return false;
    const health: Health = { microphone: true, address: null, bothWays: null, keys: null };
    this.#happens("dial", { reason: "", muted: false, keys: "", since: null, health });
    let settled: ReturnType<typeof setTimeout> | undefined;
    const session = this.#ua.call(extension, {
      mediaStream: this.#microphone,
      mediaConstraints: { audio: true, video: false },
      pcConfig: { iceServers: this.#ice },
    });
    this.#session = session;
    for (const track of this.#microphone.getAudioTracks()) track.enabled = true;
    session.on("icecandidate", ({ ready }: { ready: () => void }) => {
      clearTimeout(settled);
      settled = setTimeout(ready, SETTLED_MS);
    });
    session.on("sdp", ({ originator, sdp }: { originator: string; sdp: string }) => this.#describe(originator === "local", sdp));
    session.on("accepted", () => this.#answered(session));
    session.on("ended", ({ cause }: { cause: string }) => this.#over(session, "hung-up", cause));
    session.on("failed", ({ cause }: { cause: string }) => this.#over(session, "unanswered", cause));
    session.connection?.addEventListener("track", ({ streams: [stream], track }) => this.#hear(stream ?? new MediaStream([track])));
    return true;
  }

  /** Presses keys (0-9, *, #), which go as telephone events (RFC 4733), not as tones. */
  press(keys: string): void {
    if (this.#view.state !== "talking" || !this.#session || !/^[0-9*#]+$/.test(keys)) return;
    this.#session.sendDTMF(keys, { transportType: "RFC2833" as never, duration: KEY_MS, interToneGap: KEY_GAP_MS });
    this.#show({ keys: this.#view.keys + keys });
  }

  mute(muted: boolean): void {
    if (!onCall(this.#view.state)) return;
    for (const track of this.#microphone?.getAudioTracks() ?? []) track.enabled = !muted;
    this.#show({ muted });
  }

  hangUp(): void {
    if (this.#session && onCall(this.#view.state)) this.#session.terminate();
  }

  /** Ends a call, signs the phone off, gives the microphone back. */
  stop(): void {
    this.hangUp();
    this.#close();
    this.#happens("stop", { ...AT_REST, state: this.#view.state });
  }

  /** What the browser has counted of this call; null without one. */
  async counts(): Promise<Counts | null> {
    const connection = this.#session?.connection;
    if (!connection) return null;
    const found: Counts = { sent: 0, received: 0, played: 0, lost: 0, roundTripMs: null };
    for (const one of (await connection.getStats()).values()) {
      if (one.type === "outbound-rtp") found.sent += one.packetsSent;
      if (one.type === "inbound-rtp") {
        found.received += one.packetsReceived;
        found.played += one.totalSamplesReceived ?? 0;
        found.lost += one.packetsLost;
      }
      if (one.type === "candidate-pair" && one.nominated && one.currentRoundTripTime !== undefined) found.roundTripMs = one.currentRoundTripTime * 1000;
    }
    return found;
  }

  async #lock(): Promise<boolean> {
    if (!("locks" in navigator)) return true;
    return await new Promise((resolve, reject) => {
      navigator.locks
        .request(LOCK, { ifAvailable: true }, (lock) => {
          resolve(lock !== null);
          return lock ? new Promise<void>((done) => (this.#release = done)) : undefined;
        })
        .catch(reject);
    });
  }

  async #openMicrophone(): Promise<void> {
    // Pages that did not come by https have none, but those of this machine.
    if (!isSecureContext) throw new Error(P.insecure);
    this.#microphone = await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true } });
    this.#context = new AudioContext();
    await this.#context.resume();
    this.#mine = meter(this.#context, this.#microphone);
  }

  #register(access: Access): void {
    this.#ice = access.ice_servers;
    const socket = new WebSocketInterface(this.#options.socket ?? `${location.origin.replace(/^http/, "ws")}/sip`);
    const ua = new UA({
      sockets: [socket],
      uri: access.uri,
      password: access.password,
      register_expires: REGISTER_S,
      session_timers: false,
      connection_recovery_min_interval: RETRY_S.min,
      connection_recovery_max_interval: RETRY_S.max,
      user_agent: "callcenter browser phone",
    });
    this.#ua = ua;
    ua.on("registered", () => this.#happens("registered"));
    ua.on("registrationFailed", ({ cause }) => {
      if (onCall(this.#view.state) || cause === "Connection Error" || cause === "Request Timeout") return;
      this.#close();
      this.#happens("refused", { reason: String(cause ?? "") });
    });
    ua.on("disconnected", () => this.#happens("lost"));
    // Nobody calls this phone yet.
    ua.on("newRTCSession", ({ originator, session }: { originator: string; session: RTCSession }) => {
      if (originator === "remote") session.terminate({ status_code: 486 });
    });
    ua.start();
  }

  #describe(ours: boolean, sdp: string): void {
    const { health } = this.#view;
    this.#show({ health: ours ? { ...health, address: hasAddress(sdp) } : { ...health, bothWays: direction(sdp) === "sendrecv", keys: takesKeys(sdp) } });
  }

  #answered(session: RTCSession): void {
    if (session === this.#session) this.#happens("answered", { since: Date.now() });
  }

  #hear(stream: MediaStream): void {
    // A stream that no element plays is silent in Chromium, also for the meter.
    this.#sound ??= new Audio();
    this.#sound.srcObject = stream;
    void this.#sound.play().catch((error: unknown) => this.#show({ reason: words(error) }));
    this.#theirs.stop();
    if (this.#context) this.#theirs = meter(this.#context, stream);
  }

  #over(session: RTCSession, event: PhoneEvent, cause: string): void {
    if (session !== this.#session) return;
    this.#silence();
    this.#happens(event, { reason: cause === "Terminated" ? "" : cause });
  }

  #silence(): void {
    this.#theirs.stop();
    this.#theirs = SILENT;
    this.#session = null;
    if (this.#sound) this.#sound.srcObject = null;
  }

  #close(): void {
    this.#silence();
    this.#mine.stop();
    this.#mine = SILENT;
    this.#ua?.stop();
    this.#ua = null;
    for (const track of this.#microphone?.getTracks() ?? []) track.stop();
    this.#microphone = null;
    void this.#context?.close();
    this.#context = null;
    this.#release();
    this.#release = () => undefined;
  }

  // By a function, since TypeScript takes for granted that nothing changes while it is waited for.
  #is(state: PhoneState): boolean {
    return this.#view.state === state;
  }

  #happens(event: PhoneEvent, more: Partial<PhoneView> = {}): void {
    this.#show({ ...more, state: next(this.#view.state, event) });
  }

  #show(more: Partial<PhoneView>): void {
    this.#view = { ...this.#view, ...more };
    for (const listener of this.#listeners) listener();
  }
}

function words(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error);
}
