/** One peer connection to a media server, monitored for silence. */

import type { Logger } from "../../logger";
import { type Report, reportOf } from "../../monitor/report";
import { diagnose, Liveness, overdue } from "../../monitor/silence";
import { readStats } from "../../monitor/stats";
import { configuration, stateOf } from "../../peerConfig";
import type { Fault, IceSetup } from "../../types";

export class JanusConnection {
  readonly pc: RTCPeerConnection;
  /** Whether it was connected and alive at the last look. */
  up = false;
  /** The browser's report at the last look. */
  report: Report = [];
  private readonly liveness = new Liveness();
  private since = performance.now();
  private fault: Fault | null = null;

  constructor(
    setup: IceSetup,
    private readonly logger: Logger,
  ) {
    this.pc = new RTCPeerConnection(configuration(setup));
  }

  /** Whether it may still recover without being replaced. */
  get intact(): boolean {
    return this.fault === null && this.pc.signalingState !== "closed";
  }

  get doubtful(): boolean {
    return this.up && this.liveness.doubtful;
  }

  /** Mark it as broken, whatever its state. */
  fail(fault: Fault): void {
    this.fault = fault;
    this.up = false;
  }

  addCandidate(candidate: RTCIceCandidateInit): void {
    this.pc.addIceCandidate(candidate).catch((error) => this.logger.warn("could not add a candidate", error));
  }

  /** Use these ICE servers and this policy from the next gathering on. */
  refresh(setup: IceSetup): void {
    if (this.pc.signalingState !== "closed") this.pc.setConfiguration?.(configuration(setup));
  }

  /** Restart the timeout for becoming alive. */
  expectLife(): void {
    this.up = false;
    this.since = performance.now();
  }

  /** Check the connection; return its fault, if any. */
  async check(): Promise<Fault | null> {
    const report = await reportOf(this.pc);
    const now = readStats(report, performance.now());
    const state = stateOf(this.pc);
    this.report = report;
    this.liveness.note(now, state);
    if (this.fault) return this.fault;
    if (this.up) return diagnose(state, this.liveness, now.at);
    this.up = state === "connected" && this.liveness.seenSince(this.since);
    return this.up ? null : overdue(this.since, now.at);
  }

  close(): void {
    const pc = this.pc;
    pc.ontrack = pc.onicecandidate = null;
    pc.close();
    this.up = false;
  }
}
