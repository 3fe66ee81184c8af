/**
 * Janus' VideoRoom plugin, as far as it is needed: one handle to publish on, one for everything that is watched. Each
 * negotiates on a link that it is given; who made that closes it.
 */

import type { HandleEvents, JanusHandle, JanusSession, Jsep, PluginMessage } from "./janus";
import type { Link } from "./link";
import { KINDS, type Kind, type Tracks } from "./peer";

const PLUGIN = "janus.plugin.videoroom";

/** A room and what lets this page in; who publishes may subscribe with the `private_id` they were given. */
export type Door = { room: string; token?: string; private_id?: number };
/** A medium that comes in: the line it comes on, and whose it is. */
type Incoming = { mid: string; feed_id?: string; active?: boolean };

/** What is told about the room while one publishes in it. */
export type RoomEvents = {
  onFeeds(ids: string[]): void;
  onFeedGone(id: string): void;
  /** This page is out: put out, or the room has been ended. */
  onOut(why: string): void;
};

/** What this page sends. */
export class Publisher {
  private readonly senders = new Map<Kind, RTCRtpSender>();

  private constructor(
    private readonly handle: JanusHandle,
    private readonly link: Link,
  ) {}

  static async attach(session: JanusSession, link: Link, events: RoomEvents): Promise<Publisher> {
    const handle = await session.attach(
      PLUGIN,
      handleEvents(link, (message) => heed(message, events)),
    );
    trickle(link, handle);
    return new Publisher(handle, link);
  }

  /** Enters the room under this id and sends what there is; returns who else is sending, and the door for watching. */
  async enter(door: Door, id: string, tracks: Tracks): Promise<{ feeds: string[]; door: Door }> {
    const { data } = await this.handle.message({ request: "join", ptype: "publisher", id, ...door });
    for (const kind of KINDS) {
      const init: RTCRtpTransceiverInit = { direction: "sendonly" };
      this.senders.set(kind, this.link.connection.addTransceiver(tracks[kind] ?? kind, init).sender);
    }
    await this.offer();
    const { private_id } = data;
    return { feeds: feedsIn(data), door: typeof private_id === "number" ? { ...door, private_id } : door };
  }

  async setTrack(kind: Kind, track: MediaStreamTrack | null): Promise<void> {
    await this.senders.get(kind)?.replaceTrack(track);
  }

  private async offer(): Promise<void> {
    const pc = this.link.connection;
    await pc.setLocalDescription(await pc.createOffer());
    const { jsep } = await this.handle.message({ request: "configure" }, described(pc));
    if (!jsep) throw new Error("the media server gave no answer");
    await pc.setRemoteDescription(jsep);
  }
}

/** What this page gets, of whomever it has asked for. */
export class Subscriber {
  private incoming: Incoming[] = [];
  private wanted: string[] = [];
  private asked: string[] = [];
  private work: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly handle: JanusHandle,
    private readonly link: Link,
    private readonly door: Door,
  ) {}

  /** Prepares; nothing is negotiated before there is somebody to watch. */
  static async attach(session: JanusSession, link: Link, door: Door): Promise<Subscriber> {
    const handle = await session.attach(
      PLUGIN,
      handleEvents(link, () => undefined),
    );
    trickle(link, handle);
    return new Subscriber(handle, link, door);
  }

  /** Whether there is a connection: until somebody is watched there is none. */
  get used(): boolean {
    return this.incoming.length > 0;
  }

  /** Asks for these feeds and no others; returns once their media can come. What changes meanwhile is one change. */
  watch(feeds: string[]): Promise<void> {
    this.wanted = feeds;
    return this.inTurn(() => this.follow(this.wanted));
  }

  /** The lines on which a feed comes. */
  midsOf(feed: string | undefined): ReadonlySet<string> {
    return new Set(this.incoming.filter((one) => one.active && one.feed_id === feed).map((one) => one.mid));
  }

  /** Janus takes one change of a subscription at a time. */
  private inTurn(job: () => Promise<void>): Promise<void> {
    const done = this.work.then(job);
    this.work = done.catch(() => undefined);
    return done;
  }

  private async follow(feeds: string[]): Promise<void> {
    const subscribe = feeds.filter((feed) => !this.asked.includes(feed)).map((feed) => ({ feed }));
    const unsubscribe = this.asked.filter((feed) => !feeds.includes(feed)).map((feed) => ({ feed }));
    if (subscribe.length + unsubscribe.length === 0) return;
    if (!this.used) this.link.expectLife();
    const answer = await this.handle.message(
      this.used
        ? { request: "update", ...(subscribe[0] && { subscribe }), ...(unsubscribe[0] && { unsubscribe }) }
        : { request: "join", ptype: "subscriber", ...this.door, streams: subscribe },
    );
    this.asked = feeds;
    await this.take(answer);
  }

  private async take({ data, jsep }: PluginMessage): Promise<void> {
    if (Array.isArray(data.streams)) this.incoming = data.streams as Incoming[];
    if (!jsep) return;
    const pc = this.link.connection;
    await pc.setRemoteDescription(jsep);
    await pc.setLocalDescription(await pc.createAnswer());
    await this.handle.message({ request: "start" }, described(pc));
  }
}

function handleEvents(link: Link, onMessage: (message: PluginMessage) => void): HandleEvents {
  return {
    onMessage,
    onTrickle: (candidate) => void link.connection.addIceCandidate(candidate).catch(console.warn),
    onHangup: (why) =>
      link.fail({ errorType: "ice_failed", details: `the media server has ended the connection: ${why}` }),
  };
}

function heed({ data }: PluginMessage, events: RoomEvents): void {
  const feeds = feedsIn(data);
  if (feeds.length > 0) events.onFeeds(feeds);
  if (data.leaving === "ok") events.onOut("the media server has put this page out of the room");
  if (data.videoroom === "destroyed") events.onOut("the media server has ended the room");
  for (const gone of [data.unpublished, data.leaving, data.kicked]) {
    if (typeof gone === "string" && gone !== "ok") events.onFeedGone(gone);
  }
}

function feedsIn(data: Record<string, unknown>): string[] {
  return Array.isArray(data.publishers) ? (data.publishers as { id: string }[]).map(({ id }) => id) : [];
}

function trickle({ connection }: Link, handle: JanusHandle): void {
  connection.onicecandidate = ({ candidate }) => handle.trickle(candidate?.toJSON() ?? null);
}

function described({ localDescription }: RTCPeerConnection): Jsep {
  if (!localDescription) throw new Error("there is no description to send");
  return { type: localDescription.type, sdp: localDescription.sdp };
}
