/** Short names for the generated shapes; the only file that knows what the API calls them. */
import type { components } from './schema';

type Schemas = components['schemas'];

export type Arena = Schemas['ArenaOut'];
export type Battle = Schemas['BattleOut'];
export type Message = Schemas['MessageOut'];
export type BattleDimension = Schemas['BattleDimensionOut'];
export type Ballot = Schemas['VoteIn'];
export type Verdict = Ballot['verdicts'][string];
export type VoteResult = Schemas['ReceiptOut'];
export type Reveal = NonNullable<VoteResult['reveal']>;
export type SkipReason = Schemas['SkipIn']['reason'];
export type OwnVote = Schemas['OwnVoteOut'];
export type Board = Schemas['LeaderboardOut'];
export type Boards = Schemas['LeaderboardsOut'];
export type Row = Board['rows'][number];
export type Method = Schemas['MethodOut'];
export type Parameter = Method['settings'][number];
export type Treatments = Schemas['TreatmentsOut'];
export type Matrix = Schemas['MatrixOut'];
export type Past = Schemas['HistoryOut'];
export type Measure = Schemas['MeasureOut'];
export type Report = Schemas['ConsistencyOut'];
export type Reason = Schemas['ReasonOut'];
export type Disagreement = Schemas['DisagreementOut'];
export type DisagreementRead = Schemas['DisagreementReadOut'];
export type Run = Schemas['RunProgressOut'];
export type RunOrder = Schemas['RunIn'];
export type RunLimits = Schemas['BudgetIn'];
export type Resume = Schemas['ResumeIn'];
export type Estimate = Schemas['EstimateOut'];
export type JudgeCall = Schemas['CallOut'];
export type Judge = Schemas['JudgeOut'];
export type ReviewedVote = Schemas['ReviewedVoteOut'];
export type VotesFilter = Schemas['VotesIn'];
export type Decision = Schemas['DecisionIn'];
