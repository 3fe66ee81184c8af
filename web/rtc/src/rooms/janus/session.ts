/** One session in a room of the media server, from joining until it breaks or this page leaves. */

import type { Logger } from "../../logger";
import { isOneOf } from "../../monitor/report";
import { readStats, withLevel } from "../../monitor/stats";
import type { MediaEntry } from "../../signalling";
import type { Fault, IceSetup, Kind, StatsSnapshot, Tracks } from "../../types";
import { JanusClient } from "./client";
import { JanusConnection } from "./connection";
import { Publisher, Subscriber } from "./videoroom";

/** What a session needs from its room, and reports to it. */
export interface FeedEvents {
  /** Return the feed name that the member's own session states. */
  feedOf(userId: string): string | undefined;
  onFeeds(): void;
}

export class JanusSession {
  readonly sending: JanusConnection;
  readonly receiving: JanusConnection;
  /** Whether it was ever fully connected. */
  carried = false;
  private readonly feeds = new Feeds();
  private entered = false;
  private client: JanusClient | null = null;
  private publisher: Publisher | null = null;
  private subscriber: Subscriber | null = null;
  private fault: Fault | null = null;
  private over = false;

  constructor(
    private readonly entry: MediaEntry,
    setup: IceSetup,
    private readonly room: FeedEvents,
    logger: Logger,
  ) {
    this.sending = new JanusConnection(setup, logger);
    this.receiving = new JanusConnection(setup, logger);
  }

  /** The connections that should exist by now. */
  get connections(): JanusConnection[] {
    return this.subscriber?.used ? [this.sending, this.receiving] : [this.sending];
  }

  get isConnected(): boolean {
    return !this.fault && this.connections.every((connection) => connection.up);
  }

  /** Whether it has carried the call and only silence is wrong with it. */
  get mayComeBack(): boolean {
    return this.carried && !this.fault && this.connections.every((connection) => connection.intact);
  }

  /** Join and publish. Rejects on failure. */
  async enter(tracks: Tracks): Promise<void> {
    const { url, roomId: room, feedId, token, apiToken } = this.entry;
    const credentials = apiToken === undefined ? {} : { token: apiToken };
    const session = await JanusClient.open(url, credentials, (why) => this.end(why));
    if (this.over) return session.close();
    this.client = session;
    this.publisher = await Publisher.attach(session, this.sending, {
      onFeeds: (ids) => this.addFeeds(ids),
      onFeedGone: (id) => this.removeFeed(id),
      onOut: (why) => this.end(why),
    });
    const known = { room, ...(token !== undefined && { token }) };
    const { feeds, access } = await this.publisher.enter(known, feedId, tracks);
    this.entered = true;
    this.subscriber = await Subscriber.attach(session, this.receiving, access, (id) => this.removeFeed(id));
    this.addFeeds(feeds);
  }

  /** The fault that ended the session, if any. */
  get ended(): Fault | null {
    return this.fault;
  }

  /** The feed name under which this page sends, once it does. */
  get feed(): string | undefined {
    return this.entered ? this.entry.feedId : undefined;
  }

  /** Return a member's feed if the name the member states is sending; any other name may belong to someone else. */
  feedOf(userId: string): string | undefined {
    const name = this.room.feedOf(userId);
    return name !== undefined && this.feeds.has(name) ? name : undefined;
  }

  /** The lines that carry a member's media. */
  private midsOf(userId: string): ReadonlySet<string> {
    return this.subscriber?.midsOf(this.feedOf(userId)) ?? new Set();
  }

  /** Return what has arrived from a member, or null while nothing can. */
  seen(userId: string): StatsSnapshot | null {
    const mids = this.midsOf(userId);
    if (!this.receiving.up || mids.size === 0) return null;
    const receivers = this.receiversOf(userId);
    const tracks = receivers.map(({ track }) => track.id);
    const { report } = this.receiving;
    const seen = readStats(report, performance.now(), (stream, entries) => isOneOf(stream, entries, tracks, mids));
    return withLevel(seen, receivers);
  }

  tracksOf(userId: string): MediaStreamTrack[] {
    return this.receiversOf(userId).map(({ track }) => track);
  }

  private receiversOf(userId: string): RTCRtpReceiver[] {
    const mids = this.midsOf(userId);
    const lines = this.receiving.pc.getTransceivers();
    return lines.filter(({ mid }) => mid !== null && mids.has(mid)).map(({ receiver }) => receiver);
  }

  /** Watch exactly those of these members who send. */
  async watch(members: Iterable<string>): Promise<void> {
    const feeds = [...members].flatMap((userId) => this.feedOf(userId) ?? []);
    await this.subscriber?.watch(feeds);
  }

  async setTrack(kind: Kind, track: MediaStreamTrack | null): Promise<void> {
    await this.publisher?.setTrack(kind, track);
  }

  /** End this session: nothing more can come of it. */
  end(why: string): void {
    this.fault ??= { errorType: "signaling_failed", details: why };
  }

  close(): void {
    this.over = true;
    this.client?.close();
    this.sending.close();
    this.receiving.close();
  }

  private addFeeds(ids: string[]): void {
    this.feeds.add(ids);
    this.room.onFeeds();
  }

  private removeFeed(id: string): void {
    this.subscriber?.forget(id);
    if (this.feeds.remove(id)) this.room.onFeeds();
  }
}

/** The names of the feeds in the room. A name belongs to one session, which joins once. */
class Feeds {
  private readonly present = new Set<string>();
  private readonly gone = new Set<string>();

  has(id: string): boolean {
    return this.present.has(id);
  }

  /** A name that has left stays out: if it comes back, another client is using it. */
  add(ids: string[]): void {
    for (const id of ids) if (!this.gone.has(id)) this.present.add(id);
  }

  /** Remove a feed; return whether it existed. */
  remove(id: string): boolean {
    if (this.present.has(id)) this.gone.add(id);
    return this.present.delete(id);
  }
}
