/** The members of a GetStream call: those the SDK reports, limited to those the server has in the call. */

import { AUDIO, type Participant, SCREEN_SHARE, VIDEO } from "./sdk";

export class Roster {
  private present: Participant[] = [];
  private members: ReadonlySet<string> = new Set();

  /** Set the members that the server has in the call; nobody else is watched. */
  setMembers(members: Iterable<string>): void {
    this.members = new Set(members);
  }

  setPresent(present: Participant[]): void {
    this.present = present.filter(({ isLocalParticipant }) => !isLocalParticipant);
  }

  /** The members who are in the GetStream call. */
  get watched(): Participant[] {
    return [...this.members].flatMap((userId) => this.newestOf(userId) ?? []);
  }

  /** Whether any member sends something. */
  get anySends(): boolean {
    return this.watched.some(({ publishedTracks }) => publishedTracks.length > 0);
  }

  /** The tracks a member sends; with both a screen and a camera, the screen. */
  tracksOf(userId: string): MediaStreamTrack[] {
    const { publishedTracks: sent = [], audioStream, videoStream, screenShareStream } = this.newestOf(userId) ?? {};
    const screen = sent.includes(SCREEN_SHARE) ? screenShareStream : undefined;
    const streams = [sent.includes(AUDIO) && audioStream, screen ?? (sent.includes(VIDEO) && videoStream)];
    return streams.flatMap((stream) => (stream ? stream.getTracks() : []));
  }

  /** Return the newest of a member's pages: GetStream may not have noticed yet that an older one is gone. */
  newestOf(userId: string): Participant | undefined {
    const theirs = this.present.filter((one) => one.userId === userId);
    return theirs.sort((one, other) => joinedAt(one) - joinedAt(other)).at(-1);
  }
}

function joinedAt({ joinedAt }: Participant): number {
  return Number(joinedAt?.seconds ?? 0) * 1e9 + (joinedAt?.nanos ?? 0);
}
