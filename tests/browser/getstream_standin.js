/**
 * A stand-in for GetStream's client, with the part of its interface that the page relies on: none of their code is in it.
 *
 * Media really flow, by one connection from everybody to everybody else, where GetStream has a media server. As with the
 * real one, copies of tracks are sent, and pictures come only to whoever has asked for them. Signals go over a socket to
 * `stream_place.py`, whose address is that of the API.
 */

const AUDIO = 1;
const VIDEO = 2;
const NUMBERS = { audio: AUDIO, video: VIDEO };
const JOIN_AGAIN_MS = 500;

class Told {
  listeners = new Set();

  constructor(value) {
    this.value = value;
  }

  next(value) {
    this.value = value;
    for (const listener of [...this.listeners]) listener(value);
  }

  subscribe(listener) {
    this.listeners.add(listener);
    listener(this.value);
    return { unsubscribe: () => this.listeners.delete(listener) };
  }
}

export class StreamVideoClient {
  constructor({ apiKey, options }) {
    this.apiKey = apiKey;
    this.url = options.baseURL.replace(/^http/, "ws");
  }

  async connectUser(user, token) {
    this.user = user;
    this.token = await token();
  }

  call(type, id) {
    return new Call(this, type, id);
  }

  async disconnectUser() {}
}

class Call {
  state = {
    callingState$: new Told("idle"),
    participants$: new Told([]),
    callStatsReport$: new Told(undefined),
    updateParticipantTracks: (kind, wishes) => {
      if (kind === "videoTrack") for (const [id, { dimension }] of Object.entries(wishes)) this.sizes.set(id, dimension);
    },
  };
  camera = { disable: async () => {} };
  microphone = { disable: async () => {}, disableSpeakingWhileMutedNotification: async () => {} };
  publisher = { isPublishing: (kind) => this.sending.get(kind)?.readyState === "live" };
  session = crypto.randomUUID();
  sizes = new Map();
  sending = new Map();
  people = new Map();
  left = false;

  constructor(client, type, id) {
    const { apiKey, user, token } = client;
    const query = new URLSearchParams({ apiKey, user: user.id, token, session: this.session });
    this.address = `${client.url}/${type}/${id}?${query}`;
    this.user = user.id;
  }

  setStatsReportingIntervalInMs(ms) {
    this.every = ms;
  }

  setPreferredIncomingVideoResolution(_, sessions) {
    for (const person of this.people.values()) {
      const wanted = sessions.includes(person.session) && this.sizes.get(person.session)?.width > 0;
      if (wanted !== person.wanted) this.say({ type: "wants", to: person.session, wanted });
      person.wanted = wanted;
    }
    this.tell();
  }

  async join() {
    this.state.callingState$.next("joining");
    await this.open();
    this.timer = setInterval(() => this.report(), this.every);
    this.state.callingState$.next("joined");
  }

  async publish(stream, kind) {
    const [track] = stream.getTracks();
    const before = this.sending.get(kind);
    this.sending.set(kind, track.clone());
    await this.send();
    before?.stop();
  }

  async stopPublish(kind) {
    this.sending.get(kind)?.stop();
    this.sending.delete(kind);
    await this.send();
  }

  async leave() {
    this.left = true;
    clearInterval(this.timer);
    this.socket?.close();
    for (const track of this.sending.values()) track.stop();
    for (const person of [...this.people.values()]) this.forget(person);
    this.state.callingState$.next("left");
  }

  open() {
    const socket = new WebSocket(this.address);
    this.socket = socket;
    return new Promise((done, fail) => {
      socket.onmessage = ({ data }) => {
        const message = JSON.parse(data);
        if (message.type === "here") done();
        else void this.heed(message);
      };
      socket.onclose = ({ reason }) => {
        fail(new Error(`the call cannot be joined: ${reason}`));
        if (!this.left && this.timer) this.repair();
      };
    });
  }

  repair() {
    this.state.callingState$.next("reconnecting");
    setTimeout(async () => {
      if (this.left) return;
      await this.open().then(
        () => this.state.callingState$.next("joined"),
        () => undefined,
      );
    }, JOIN_AGAIN_MS);
  }

  say(message) {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  async heed(message) {
    if (message.type === "came") return this.meet(message);
    const person = this.people.get(message.from);
    if (!person) return;
    if (message.type === "went") this.forget(person);
    if (message.type === "sends") person.kinds = message.kinds;
    if (message.type === "wants") {
      person.wants = message.wanted;
      await this.send();
    }
    if (message.type === "signal") await this.negotiate(person, message);
    this.tell();
  }

  async meet({ from, user, at }) {
    const [out, back] = [new RTCPeerConnection(), new RTCPeerConnection()];
    const person = { session: from, user, at, out, back, kinds: [], tracks: {}, wanted: false, wants: false };
    this.people.set(from, person);
    out.onicecandidate = ({ candidate }) => candidate && this.say({ type: "signal", to: from, of: "out", candidate });
    back.onicecandidate = ({ candidate }) => candidate && this.say({ type: "signal", to: from, of: "back", candidate });
    back.ontrack = ({ track }) => {
      person.tracks[track.kind] = new MediaStream([track]);
      this.tell();
    };
    person.senders = Object.keys(NUMBERS).map((kind) => [kind, out.addTransceiver(kind, { direction: "sendonly" }).sender]);
    await out.setLocalDescription();
    this.say({ type: "signal", to: from, of: "out", description: out.localDescription });
    await this.send();
    this.tell();
  }

  /** What is one side's `out` is the other one's `back`. */
  async negotiate(person, { of, description, candidate }) {
    const pc = of === "out" ? person.back : person.out;
    if (candidate) return pc.addIceCandidate(candidate);
    await pc.setRemoteDescription(description);
    if (description.type !== "offer") return;
    await pc.setLocalDescription();
    this.say({ type: "signal", to: person.session, of: "back", description: pc.localDescription });
  }

  async send() {
    const kinds = [...this.sending.keys()];
    for (const { session, senders, wants } of this.people.values()) {
      for (const [kind, sender] of senders) {
        const track = kind === "audio" || wants ? this.sending.get(NUMBERS[kind]) : undefined;
        await sender.replaceTrack(track ?? null);
      }
      this.say({ type: "sends", to: session, kinds });
    }
  }

  forget(person) {
    this.people.delete(person.session);
    person.out.close();
    person.back.close();
  }

  tell() {
    const others = [...this.people.values()].map(({ session, user, at, kinds, tracks, wanted }) => ({
      sessionId: session,
      userId: user,
      joinedAt: { seconds: String(at), nanos: 0 },
      publishedTracks: kinds,
      audioStream: tracks.audio,
      ...(wanted && { videoStream: tracks.video }),
    }));
    const me = { sessionId: this.session, userId: this.user, isLocalParticipant: true, publishedTracks: [] };
    this.state.participants$.next([me, ...others]);
  }

  async report() {
    const of = async (way) => {
      const all = await Promise.all([...this.people.values()].map((person) => person[way].getStats()));
      return new Map(all.flatMap((report, nth) => [...report].map(([id, entry]) => [`${nth} ${id}`, this.apart(entry, nth)])));
    };
    this.state.callStatsReport$.next({ publisherRawStats: await of("out"), subscriberRawStats: await of("back") });
  }

  /** An entry under another name, and with what it refers to under theirs: several reports become one. */
  apart(entry, nth) {
    const links = ["selectedCandidatePairId", "localCandidateId", "remoteCandidateId"].filter((name) => name in entry);
    return { ...entry, ...Object.fromEntries(links.map((name) => [name, `${nth} ${entry[name]}`])) };
  }
}
