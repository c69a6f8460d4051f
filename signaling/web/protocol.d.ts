/**
 * The server's messages as the page finds them, made from signaling/messages.py by `make docs`.
 * What may be null may also be missing: a merge patch deletes it (RFC 7396).
 */

export interface AfterView {
  results_ms?: number | null;
  results_place?: string | null;
  minutes_due_ms?: number | null;
  delivered_ms?: number | null;
  signers: Record<string, SignerView>;
  amendments: Record<string, AmendmentView>;
  extracts: Record<string, ExtractView>;
  appeals: Record<string, AppealView>;
}

export interface AmendmentView {
  text: string;
  sha256: string;
  at_ms: number;
  signed_by: Array<string>;
}

export interface Answer {
  type: "answer";
  id: number;
  sdp: string;
}

export interface AppealView {
  candidate_id: string;
  at_ms: number;
  grounds: string;
  closed_ms?: number | null;
  outcome?: string | null;
}

export interface AtStationView {
  at_ms: number;
  attested_by?: string | null;
  is_stale: boolean;
}

export interface CandidateView {
  presiding?: string | null;
  out: Array<string>;
}

export interface CheckView {
  at_ms: number;
  by: string;
  office_id: string;
  presence?: "on_site" | "remote" | null;
  room?: string | null;
  until_ms: number;
  document?: "identity_card" | "passport" | "residence_permit" | "driving_licence" | "other" | null;
  issuer?: string | null;
  acr?: string | null;
}

export interface ClockView {
  started_ms: number;
  ended_ms?: number | null;
  runs: boolean;
  end_due_ms?: number | null;
  remaining_ms?: number | null;
  extension_ms: number;
  growing_since_ms?: number | null;
  cap_ms: number;
}

export interface ContestedView {
  times: number;
  what: "offer" | "token" | "ticket" | "key" | "connection";
  at_ms: number;
}

export interface DecisionView {
  outcome: "full" | "partial" | "none";
  blocks: Array<string>;
  voted: Array<string>;
  my_ballot?: "for" | "against" | "abstain" | null;
  adopted_ms?: number | null;
  votes_for?: number | null;
  votes_against?: number | null;
  abstentions?: number | null;
}

export interface DeliberationView {
  is_open: boolean;
  candidates: Record<string, CandidateView>;
  left_out: Record<string, string>;
  taken_up?: string | null;
  decisions: Record<string, DecisionView>;
  documents: Record<string, ShownView>;
}

export interface Delta {
  type: "delta";
  seq: number;
  server_ms: number;
  patch: Record<string, unknown>;
}

export interface DeviceCheckView {
  at_ms: number;
  verdict: "good" | "fair" | "poor";
  path?: "udp" | "tcp" | "turn" | null;
  browser: string;
  rtt_ms?: number | null;
  lost_permille?: number | null;
}

export interface DocumentView {
  name: string;
  title: string;
  path: string;
}

export interface DoubtView {
  by: string;
  at_ms: number;
}

export interface Draining {
  type: "draining";
  until_ms: number;
}

export interface DutyView {
  on_duty: Record<string, TurnView>;
  missing: Record<string, Array<VacancyView>>;
  successors: Array<string>;
}

export interface ExtractView {
  sent_ms?: number | null;
  acknowledged_ms?: number | null;
  files: Record<string, FileView>;
}

export interface FileView {
  title: string;
  path: string;
}

export interface HelpView {
  help_id: string;
  participant_id: string;
  at_ms: number;
  answered_ms?: number | null;
}

export interface LineView {
  name: string;
  role: Role;
  office_id: string;
  room?: "waiting" | "test" | "sitting" | "jury" | "deliberation" | null;
  sitting_id?: string | null;
  votes: boolean;
  attendance?: "on_site" | "remote" | "absent" | null;
  place?: string | null;
  since_ms?: number | null;
  is_cut_off: boolean;
  has_heard?: boolean | null;
  authentication?: "invitation" | "invitation+code" | "invitation+totp" | "invitation+openid" | "invitation+passkey" | "station+code" | "station+totp" | "station+passkey" | "attested" | null;
  device_key?: string | null;
  device_ms?: number | null;
  passkey_ms?: number | null;
  check?: CheckView | null;
  missing?: "identity_unchecked" | "identity_outdated" | "identity_other_device" | "identity_elsewhere" | "identity_asked" | "identity_refused" | null;
  doubt?: DoubtView | null;
  connection?: string | null;
  is_connected: boolean;
  link_ms?: number | null;
}

export interface OfficeView {
  office_id: string;
  name: string;
  region: string;
  time_zone: string;
  address: string;
  contact: string;
}

export interface OutageView {
  outage_id: string;
  start_ms: number;
  end_ms?: number | null;
  participant_id?: string | null;
  stream: "audio" | "video" | "both";
  cause?: "uplink" | "capture" | "downlink" | "relay" | null;
  declared_by?: string | null;
  side?: "candidate" | "jury" | "both" | "service" | null;
  description?: string | null;
  findings: Record<string, string>;
  provisional_s?: number | null;
  most_s?: number | null;
  granted_s?: number | null;
  reason?: string | null;
}

export interface OwnAccessView {
  opened_ms: number;
  earlier_ms?: number | null;
  passkey_ms?: number | null;
}

export interface PersonView {
  participant_id: string;
  name: string;
  role: Role;
  office_id: string;
  presence: "on_site" | "remote";
  station_id?: string | null;
  is_connected: boolean;
  audio: "none" | "on" | "off" | "interrupted";
  video: "none" | "on" | "off" | "interrupted";
  quality?: "good" | "poor" | "cut" | null;
  device_check?: DeviceCheckView | null;
  arrived_ms?: number | null;
  attendance_signed_ms?: number | null;
  identity_checked_ms?: number | null;
  identity_checked_by?: string | null;
  identity_missing?: "identity_unchecked" | "identity_outdated" | "identity_other_device" | "identity_elsewhere" | "identity_asked" | "identity_refused" | null;
  identity_asked_ms?: number | null;
  has_high_sign_in: boolean;
  contested?: ContestedView | null;
}

export interface Pong {
  type: "pong";
  id: number;
  server_ms: number;
}

export interface Refusal {
  type: "error";
  id?: number | null;
  code: string;
  message: string;
}

export interface RelationView {
  examiner_id: string;
  candidate_id: string;
  kind: "employer" | "trainer" | "internship" | "colleague" | "kin" | "other";
}

export interface Renegotiate {
  type: "renegotiate";
}

export interface Resumed {
  type: "resumed";
  epoch: string;
  seq: number;
  server_ms: number;
}

export type Role = "organiser" | "invigilator" | "candidate" | "assistant" | "examiner" | "chair" | "session_manager" | "technician" | "ops" | "station";

export type SessionState = "draft" | "open" | "in_progress" | "suspended" | "deliberating" | "closed" | "archived" | "cancelled" | "moved";

export interface SessionView {
  session_id: string;
  title: string;
  purpose: "exam" | "rehearsal";
  diploma: string;
  diploma_title: string;
  blocks: Array<string>;
  route: "vae" | "training";
  organising_office_id: string;
  state: SessionState;
  phase: "sittings" | "deliberation" | "closed" | "sealed";
}

export interface ShownView {
  title: string;
  at_ms: number;
  path: string;
}

export interface SignerView {
  signed_ms?: number | null;
  missing_reason?: string | null;
}

export type SittingState = "scheduled" | "admitted" | "running" | "paused" | "closed" | "postponed" | "absent" | "cancelled" | "withdrawn" | "expelled" | "voided";

export interface SittingView {
  sitting_id: string;
  state: SittingState;
  candidate_id: string;
  assistant_id?: string | null;
  examiner_ids: Array<string>;
  host_office_id: string;
  planned_ms: number;
  duration_s: number;
  adjustment_s: number;
  cap_s: number;
  is_attestation_signed: boolean;
  late_s: number;
  forfeited_s: number;
  clock?: ClockView | null;
  outages: Record<string, OutageView>;
  pause_reason?: string | null;
  is_postponement_advised: boolean;
  postponement_reason?: string | null;
  agreed_offices: Array<string>;
  voiding_offices: Array<string>;
  ending_reason?: string | null;
  has_incident: boolean;
  remarks: Array<string>;
  sharer_id?: string | null;
  muted: Record<string, Array<"audio" | "video">>;
  sent_out: Array<string>;
  sheet_signed: Array<string>;
  is_sheet_handed: boolean;
}

export interface SlotSource {
  participant_id: string;
  kind: "audio" | "video" | "screen";
}

export interface Slots {
  type: "slots";
  slots: Record<string, SlotSource>;
}

export interface Snapshot {
  type: "snapshot";
  v: 1;
  epoch: string;
  seq: number;
  server_ms: number;
  state: View;
}

export interface Speaker {
  type: "speaker";
  participant_id?: string | null;
}

export interface StationTestView {
  office_id: string;
  tested_ms: number;
  tested_by?: string | null;
  browser: string;
  path: "udp" | "tcp" | "turn";
  quality?: number | null;
  is_good: boolean;
  remarks: string;
}

export interface StationView {
  name: string;
  role: "station";
  station: string;
  room: string;
  office_id: string;
  start_ms: number;
  end_ms: number;
  state: "awaited" | "here" | "silent" | "away";
  since_ms: number;
  people: Record<string, AtStationView>;
  is_connected: boolean;
  audio: "none" | "on" | "off" | "interrupted";
  video: "none" | "on" | "off" | "interrupted";
  quality?: "good" | "poor" | "cut" | null;
  device_check?: DeviceCheckView | null;
}

export interface TechnicalTestView {
  opened_ms: number;
  opened_by: string;
  people: Array<string>;
}

export interface Tick {
  type: "tick";
  server_ms: number;
}

export interface TurnView {
  office_id: string;
  since_ms: number;
  has_left: boolean;
}

export interface VacancyView {
  office_id: string;
  role: Role;
}

export interface View {
  session: SessionView;
  offices: Record<string, OfficeView>;
  people: Record<string, PersonView>;
  sittings: Record<string, SittingView>;
  me: string;
  place: "waiting" | "test" | "sitting" | "jury" | "deliberation";
  sitting_id?: string | null;
  access?: OwnAccessView | null;
  helps: Record<string, HelpView>;
  duty?: DutyView | null;
  register_lines: Record<string, LineView>;
  station_tests: Record<string, StationTestView>;
  technical_test?: TechnicalTestView | null;
  stations: Record<string, StationView>;
  relations: Array<RelationView>;
  deliberation?: DeliberationView | null;
  after?: AfterView | null;
  documents: Record<string, DocumentView>;
}

export type ToParticipant = Answer | Delta | Draining | Pong | Refusal | Renegotiate | Resumed | Slots | Snapshot | Speaker | Tick;
