/** The functions of operators that the console calls, with their types. */

import { makeFunctionReference, type PaginationOptions, type PaginationResult } from "convex/server";

type Args = Record<string, unknown>;
const query = <A extends Args, R>(path: string) => makeFunctionReference<"query", A, R>(path);
const mutation = <A extends Args, R>(path: string) => makeFunctionReference<"mutation", A, R>(path);
const action = <A extends Args, R>(path: string) => makeFunctionReference<"action", A, R>(path);

export type NodeHealth = {
  node: string;
  /** It stopped in order, and has no figures. */
  stopped: boolean;
  version: string;
  writtenAt: number;
  lagMs: number;
  queued: number;
  cpu: number;
  memory: number;
  files: number;
  connections: number;
  liveQueries: number;
  requests: number;
  refused: number;
};
export type Service = { name: string; state: string; detail: string };
export type RunningMeeting = {
  meetingId: string;
  startedAt?: number;
  provider: string;
  moves: number;
  joined: number;
  sessions: Record<string, number>;
  quality: Record<string, number>;
  reconnecting: number;
};
export type ConnectionEvent = {
  meetingId: string;
  userId: string;
  at: number;
  kind: string;
  provider: string;
  errorType?: string;
  rung?: string;
  reason?: string;
  candidateType?: string;
  seconds?: number;
};
export type FunctionRow = {
  functionName: string;
  callCount: number;
  successRate: number;
  avgExecutionTime: number;
  p95ExecutionTime: number;
  p99ExecutionTime: number;
  errorCount: number;
  sloBreaches: number;
  sloCompliant: boolean;
};
export type Status = "healthy" | "warning" | "critical";
export type Slo = {
  name: string;
  target: number;
  current: number;
  status: Status;
  breachCount: number;
  description: string;
};
export type SloStatus = {
  overall: { status: Status; score: number; breaches: number; totalChecks: number };
  slos: Slo[];
  alerts: { severity: string; message: string; timestamp: number; sloName: string }[];
};
export type Bucket = {
  timestamp: number;
  avgLatency: number;
  p95Latency: number;
  callCount: number;
  successRate: number;
  errorCount: number;
};
export type Trends = {
  timeSeries: Bucket[];
  trends: { latencyTrend: string; throughputTrend: string; errorTrend: string };
};
export type JobState = "pending" | "running" | "failed";
export type JobRow = { _id: string; path: string; runAt: number; reason?: string };
export type JobList = {
  counts: Record<JobState, number>;
  jobs: JobRow[];
  periodic: { path: string; nextAt: number }[];
};
export type Account = {
  _id: string;
  displayName?: string;
  email?: string;
  orgId?: string;
  isActive: boolean;
  createdAt: number;
  lastSeenAt?: number;
};
export type AuditFilters = { action?: string; resourceType?: string; resourceId?: string; actorUserId?: string };
export type AuditEntry = {
  _id: string;
  timestamp: number;
  action: string;
  resourceType: string;
  resourceId: string;
  actorUserId?: string;
  outcome?: string;
  metadata: Record<string, string | number | boolean>;
};

export type TrailVerdict = {
  checkedAt: number;
  /** The code of the first fault; empty if the trail is whole. */
  fault: string;
  /** The row or seal with the fault. */
  at: string;
  head: string;
  rows: number;
  seals: number;
  pruned: number;
  unsigned: number;
  unsealed: number;
  seconds: number;
};
export type ExportFormat = "jsonl" | "csv" | "ocsf";
export type ExportPage = {
  text: string;
  rows: number;
  /** With the last page of JSON Lines. */
  ending?: { firstSeal?: number; lastSeal?: number; head: string };
  isDone: boolean;
  continueCursor?: string;
};

const performance = "monitoring/performanceQueries";

export type OperatorAccess = { operator: boolean; identity: string };

export const admin = {
  access: query<Record<string, never>, OperatorAccess>("operators/access:getAccess"),
  beginCheck: mutation<{ head?: string }, null>("operators/audit:beginCheck"),
  lastCheck: query<Record<string, never>, TrailVerdict | null>("operators/audit:getCheck"),
  exportPage: query<{ format: ExportFormat; paginationOpts: PaginationOptions }, ExportPage>(
    "operators/audit:exportPage",
  ),
  actions: query<Record<string, never>, string[]>("operators/audit:listActions"),
  overview: query<Record<string, never>, { nodes: NodeHealth[]; services: Service[] }>("operators/health:getOverview"),
  checkParts: action<Record<string, never>, Service[]>("operators/health:checkParts"),
  running: query<Record<string, never>, { total: number; meetings: RunningMeeting[] }>(
    "operators/meetings:listRunning",
  ),
  failures: query<{ windowMs: number }, ConnectionEvent[]>("operators/meetings:listFailures"),
  timeline: query<{ meetingId: string; userId: string }, ConnectionEvent[]>("operators/meetings:getTimeline"),
  slos: query<Record<string, never>, SloStatus>(`${performance}:getSLOStatus`),
  breakdown: query<{ timeWindowMs: number }, { functions: FunctionRow[] }>(
    `${performance}:getFunctionPerformanceBreakdown`,
  ),
  trends: query<{ timeWindowMs: number; bucketSizeMs: number; functionName?: string }, Trends>(
    `${performance}:getPerformanceTrends`,
  ),
  jobs: query<{ state: JobState }, JobList>("operators/jobs:listJobs"),
  retryJob: mutation<{ jobId: string }, null>("operators/jobs:retryJob"),
  findUsers: query<{ text: string }, Account[]>("operators/users:findUsers"),
  setActive: mutation<{ userId: string; active: boolean }, null>("operators/users:setUserActive"),
  eraseUser: mutation<{ userId: string }, null>("operators/users:eraseUser"),
  audit: query<AuditFilters & { paginationOpts: PaginationOptions }, PaginationResult<AuditEntry>>(
    "audit/logging:listAuditLogs",
  ),
};
