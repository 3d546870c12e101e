/** When a break is due. Counted from the voter's first battle on this page, or from the last break. */
const VOTES = 25;
const SESSION = 20 * 60_000;
/** Who was away for so long has had a break. */
const AWAY = 10 * 60_000;

export class Breaks {
  private battles = new Set<string>();
  private since: number | null = null;
  private seen = 0;

  /** The voter does something; `battle` is one that has just been voted on. Telling of it twice changes nothing. */
  note(now: number, battle?: string): void {
    if (this.since === null || now - this.seen > AWAY) this.rest(now);
    this.seen = now;
    if (battle !== undefined) this.battles.add(battle);
  }

  due(now: number): boolean {
    return this.battles.size >= VOTES || (this.since !== null && now - this.since >= SESSION);
  }

  rest(now: number): void {
    this.battles.clear();
    this.since = this.seen = now;
  }
}

export const breaks = new Breaks();
