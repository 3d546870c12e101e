export interface paths {
    "/api/v1/arenas": { get: { parameters: {}; responses: { 200: { content: { "application/json": components["schemas"]["ArenaList"] } } } } };
    "/api/v1/arenas/{arena}": { get: { parameters: { path: { arena: string } }; responses: { 200: { content: { "application/json": components["schemas"]["ArenaOut"] } } } } };
    "/api/v1/arenas/{arena}/battles": { post: { parameters: { path: { arena: string } }; requestBody: { content: { "application/json": { language?: string | null; category?: string | null } } }; responses: { 201: { content: { "application/json": components["schemas"]["BattleOut"] } } } } };
    "/api/v1/battles/{battle}/votes": {
        post: { parameters: { path: { battle: string }; header?: { "idempotency-key"?: string | null } }; requestBody: { content: { "application/json": components["schemas"]["VoteIn"] } }; responses: { 201: { content: { "application/json": components["schemas"]["VoteOut"] } } } };
        patch: { parameters: { path: { battle: string }; header?: { "idempotency-key"?: string | null } }; requestBody: { content: { "application/json": components["schemas"]["VoteIn"] } }; responses: { 200: { content: { "application/json": components["schemas"]["VoteOut"] } } } };
        delete: { parameters: { path: { battle: string }; header?: { "idempotency-key"?: string | null } }; responses: { 200: { content: { "application/json": components["schemas"]["VoteOut"] } } } };
    };
    "/api/v1/battles/{battle}/skip": { post: { parameters: { path: { battle: string }; header?: { "idempotency-key"?: string | null } }; requestBody: { content: { "application/json": components["schemas"]["SkipIn"] } }; responses: { 201: { content: { "application/json": components["schemas"]["SkipOut"] } } } } };
    "/api/v1/arenas/{arena}/leaderboard": { get: { parameters: { path: { arena: string }; query?: components["schemas"]["BoardQuery"] }; responses: { 200: { content: { "application/json": components["schemas"]["LeaderboardOut"] } } } } };
    "/api/v1/arenas/{arena}/leaderboards": { get: { parameters: { path: { arena: string }; query?: components["schemas"]["BoardQuery"] }; responses: { 200: { content: { "application/json": components["schemas"]["LeaderboardsOut"] } } } } };
    "/api/v1/arenas/{arena}/methods": { get: { parameters: { path: { arena: string } }; responses: { 200: { content: { "application/json": components["schemas"]["MethodList"] } } } } };
}
export interface components {
    schemas: {
        Verdict: "a" | "b" | "tie" | "both_good" | "both_bad" | "abstain";
        DimensionOut: { slug: string; title: string; question: string; rubric: string; required: boolean; position: number; version: number; archived: boolean };
        CountsOut: { prompts: number; models: number; votes: { human: number; judges: number; simulated: number } };
        ArenaOut: { slug: string; title: string; description: string; guidelines: string; modality: string; verdicts: components["schemas"]["Verdict"][]; reveal: "after_vote" | "never" | "end"; public: boolean; goal: number; dimensions: components["schemas"]["DimensionOut"][]; counts: components["schemas"]["CountsOut"]; created_at: string };
        ArenaList: { items: components["schemas"]["ArenaOut"][]; next: string | null };
        MessageOut: { role: "system" | "user" | "assistant"; content: string };
        BattleDimensionOut: { slug: string; title: string; question: string; rubric: string; required: boolean };
        BattleOut: { id: string; arena: string; prompt: { messages: components["schemas"]["MessageOut"][]; language: string | null; category: string | null }; a: { messages: components["schemas"]["MessageOut"][] }; b: { messages: components["schemas"]["MessageOut"][] }; dimensions: components["schemas"]["BattleDimensionOut"][]; verdicts: components["schemas"]["Verdict"][]; guidelines: string; progress: { voted: number; goal: number }; expires_at: string };
        VoteIn: { verdicts: { [key: string]: components["schemas"]["Verdict"] }; strengths?: { [key: string]: number }; reasons?: { a: string[]; b: string[] }; comment?: string; recognised?: boolean; confidence?: number | null; reading?: { [key: string]: unknown } };
        RevealedModel: { model: string; name: string; organization: string | null };
        VoteOut: { battle: string; verdicts: { [key: string]: components["schemas"]["Verdict"] }; counted: boolean; why_not: string | null; reveal: { a: components["schemas"]["RevealedModel"]; b: components["schemas"]["RevealedModel"] } | null };
        SkipIn: { reason: "language" | "topic" | "offensive" | "broken" | "too_long" | "other"; comment?: string };
        SkipOut: { battle: string; reason: string };
        BoardQuery: { dimension?: string; voters?: string; method?: string; category?: string; language?: string; ties?: string; both_bad?: string; snapshot?: string };
        RowOut: { model: string; name: string; organization: string | null; license: string | null; rating: number | null; rating_lower: number | null; rating_upper: number | null; rank: number | null; rank_best: number | null; rank_worst: number | null; votes: number; wins: number; losses: number; ties: number; both_bad: number; win_rate: number | null; mean_win_probability: number | null; component: number; preliminary: boolean; votes_needed: number; prior: boolean; order_sd: number | null; problem: string | null };
        LeaderboardOut: { schema_version: string; arena: string; dimension: string; voters: string; filters: { category: string | null; language: string | null }; method: { name: string; version: string; settings: { [key: string]: string | number | boolean | null } }; snapshot_id: string; generated_at: string; data_until: string | null; votes: number; raters: number; components: number; excluded: { withdrawn: number; set_aside: number; abstain: number }; rows: components["schemas"]["RowOut"][]; problem: string | null; languages: string[]; categories: string[]; voters_available: string[] };
        LeaderboardsOut: { schema_version: string; arena: string; voters: string; filters: { category: string | null; language: string | null }; boards: components["schemas"]["LeaderboardOut"][] };
        MethodOut: { name: string; version: string; summary: string; settings: { [key: string]: string | number | boolean | null } };
        MethodList: { items: components["schemas"]["MethodOut"][] };
    };
}
