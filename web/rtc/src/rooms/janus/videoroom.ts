/**
 * The part of Janus's VideoRoom plugin that a room uses: one handle to publish on, one for everything that is watched.
 * Each negotiates on a connection passed to it; the creator of the connection closes it.
 */

import { JanusError } from "../../errors";
import { KINDS, type Kind, type Tracks } from "../../types";
import type { HandleEvents, JanusClient, JanusHandle, Jsep, PluginMessage } from "./client";
import type { JanusConnection } from "./connection";

const PLUGIN = "janus.plugin.videoroom";
/**
 * Refusals that concern the feeds to watch and nothing else. Janus refuses the whole request, and changes nothing, if
 * one of its feeds has left (no such feed) or none of them sends (no stream to offer).
 */
const NO_SUCH_FEED = 428;
const NO_STREAM = 437;

/** A room and the credentials for it; publishers subscribe with the `private_id` they were given. */
export type RoomAccess = { room: string; token?: string; private_id?: number };
/** A received medium: its line, and the feed it belongs to. */
type Incoming = { mid: string; feed_id?: string; active?: boolean };

/** Events of the room while this page publishes in it. */
export type RoomEvents = {
  onFeeds(ids: string[]): void;
  onFeedGone(id: string): void;
  /** This page was evicted, or the room has been destroyed. */
  onOut(why: string): void;
};

/** The handle on which this page sends. */
export class Publisher {
  private readonly senders = new Map<Kind, RTCRtpSender>();

  private constructor(
    private readonly handle: JanusHandle,
    private readonly connection: JanusConnection,
  ) {}

  static async attach(session: JanusClient, connection: JanusConnection, events: RoomEvents): Promise<Publisher> {
    const handle = await session.attach(
      PLUGIN,
      handleEvents(connection, (message) => onEvent(message, events)),
    );
    trickle(connection, handle);
    return new Publisher(handle, connection);
  }

  /** Enter the room under this id and publish; return the other feeds and the credentials for watching. */
  async enter(access: RoomAccess, id: string, tracks: Tracks): Promise<{ feeds: string[]; access: RoomAccess }> {
    const { data } = await this.handle.message({ request: "join", ptype: "publisher", id, ...access });
    for (const kind of KINDS) {
      const init: RTCRtpTransceiverInit = { direction: "sendonly" };
      this.senders.set(kind, this.connection.pc.addTransceiver(tracks[kind] ?? kind, init).sender);
    }
    await this.offer();
    const { private_id } = data;
    return { feeds: feedsIn(data), access: typeof private_id === "number" ? { ...access, private_id } : access };
  }

  async setTrack(kind: Kind, track: MediaStreamTrack | null): Promise<void> {
    await this.senders.get(kind)?.replaceTrack(track);
  }

  private async offer(): Promise<void> {
    const pc = this.connection.pc;
    await pc.setLocalDescription(await pc.createOffer());
    const { jsep } = await this.handle.message({ request: "configure" }, described(pc));
    if (!jsep) throw new Error("the media server sent no answer to the offer");
    await pc.setRemoteDescription(jsep);
  }
}

/** The handle on which this page receives the feeds it has asked for. */
export class Subscriber {
  private incoming: Incoming[] = [];
  private wanted: string[] = [];
  private asked: string[] = [];
  /** Feeds that have left since the last request to Janus. */
  private readonly departed = new Set<string>();
  private work: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly handle: JanusHandle,
    private readonly connection: JanusConnection,
    private readonly access: RoomAccess,
    private readonly onFeedGone: (id: string) => void,
  ) {}

  /** Attach a handle. Negotiation begins with the first feed to watch. `onFeedGone`: a feed could not be watched. */
  static async attach(
    session: JanusClient,
    connection: JanusConnection,
    access: RoomAccess,
    onFeedGone: (id: string) => void,
  ): Promise<Subscriber> {
    const handle = await session.attach(
      PLUGIN,
      handleEvents(connection, () => undefined),
    );
    trickle(connection, handle);
    return new Subscriber(handle, connection, access, onFeedGone);
  }

  /** Whether there is a connection: there is none until a feed is watched. */
  get used(): boolean {
    return this.incoming.length > 0;
  }

  /** Watch exactly these feeds; resolves once their media can arrive. Changes made meanwhile are merged into one. */
  watch(feeds: string[]): Promise<void> {
    this.wanted = feeds;
    return this.inTurn(() => this.follow(this.wanted));
  }

  /** The lines that carry a feed. */
  midsOf(feed: string | undefined): ReadonlySet<string> {
    return new Set(this.incoming.filter((one) => one.active && one.feed_id === feed).map((one) => one.mid));
  }

  /** Record that a feed has left: Janus no longer watches it, and another one may come under the same name. */
  forget(feed: string): void {
    this.asked = this.asked.filter((one) => one !== feed);
    this.departed.add(feed);
  }

  /** Janus handles one change of a subscription at a time. */
  private inTurn(job: () => Promise<void>): Promise<void> {
    const done = this.work.then(job);
    this.work = done.catch(() => undefined);
    return done;
  }

  private async follow(feeds: string[]): Promise<void> {
    const more = feeds.filter((feed) => !this.asked.includes(feed));
    const less = this.asked.filter((feed) => !feeds.includes(feed));
    if (more.length + less.length > 0) await this.change(more, less);
  }

  /**
   * Subscribe to `more` and unsubscribe from `less`. A feed that cannot be watched fails alone; then `less` is left for
   * the next change.
   */
  private async change(more: string[], less: string[]): Promise<void> {
    this.departed.clear();
    let answer: PluginMessage;
    try {
      answer = await this.ask(more, less);
    } catch (error) {
      const [first, ...others] = more;
      if (!concernsFeeds(error) || first === undefined) throw error;
      if (others.length === 0) return this.onFeedGone(first);
      const half = Math.ceil(more.length / 2);
      await this.change(more.slice(0, half), []);
      return this.change(more.slice(half), []);
    }
    const kept = this.asked.filter((feed) => !less.includes(feed));
    this.asked = [...kept, ...more].filter((feed) => !this.departed.has(feed));
    await this.take(answer);
  }

  /** By default Janus makes its own offer whenever a feed leaves, even before the first one was answered. */
  private ask(more: string[], less: string[]): Promise<PluginMessage> {
    const [subscribe, unsubscribe] = [more, less].map((feeds) => feeds.map((feed) => ({ feed })));
    if (this.used) {
      return this.handle.message({
        request: "update",
        ...(more.length > 0 && { subscribe }),
        ...(less.length > 0 && { unsubscribe }),
      });
    }
    this.connection.expectLife();
    const join = { request: "join", ptype: "subscriber", autoupdate: false, ...this.access };
    return this.handle.message({ ...join, streams: subscribe });
  }

  private async take({ data, jsep }: PluginMessage): Promise<void> {
    if (Array.isArray(data.streams)) this.incoming = data.streams as Incoming[];
    if (!jsep) return;
    const pc = this.connection.pc;
    await pc.setRemoteDescription(jsep);
    await pc.setLocalDescription(await pc.createAnswer());
    await this.handle.message({ request: "start" }, described(pc));
  }
}

function handleEvents(connection: JanusConnection, onMessage: (message: PluginMessage) => void): HandleEvents {
  return {
    onMessage,
    onTrickle: (candidate) => connection.addCandidate(candidate),
    onHangup: (why) =>
      connection.fail({ errorType: "ice_failed", details: `the media server closed the connection: ${why}` }),
  };
}

function onEvent({ data }: PluginMessage, events: RoomEvents): void {
  const feeds = feedsIn(data);
  if (feeds.length > 0) events.onFeeds(feeds);
  if (data.leaving === "ok") events.onOut("the media server has put this page out of the room");
  if (data.videoroom === "destroyed") events.onOut("the media server has ended the room");
  for (const gone of [data.unpublished, data.leaving, data.kicked]) {
    if (typeof gone === "string" && gone !== "ok") events.onFeedGone(gone);
  }
}

function concernsFeeds(error: unknown): boolean {
  return error instanceof JanusError && (error.code === NO_SUCH_FEED || error.code === NO_STREAM);
}

function feedsIn(data: Record<string, unknown>): string[] {
  const publishers: unknown[] = Array.isArray(data.publishers) ? data.publishers : [];
  const ids = publishers.map((one) => (one as { id?: unknown } | null)?.id);
  return ids.filter((id) => typeof id === "string");
}

function trickle({ pc }: JanusConnection, handle: JanusHandle): void {
  // Some browsers end their candidates with an empty one and then with null: signal it once.
  pc.onicecandidate = ({ candidate }) => {
    if (!candidate) handle.trickle(null);
    else if (candidate.candidate) handle.trickle(candidate.toJSON());
  };
}

function described({ localDescription }: RTCPeerConnection): Jsep {
  if (!localDescription) throw new Error("the connection has no local description");
  return { type: localDescription.type, sdp: localDescription.sdp };
}
