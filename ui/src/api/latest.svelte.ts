// What was asked for last, when it is asked for again and again: earlier answers that come later are dropped.
import { messageOf } from './client';

export class Latest<T> {
  value = $state.raw<T | null>(null);
  failure = $state('');
  private asked = 0;

  constructor(private readonly question: () => Promise<T>) {}

  async load(): Promise<void> {
    const mine = ++this.asked;
    try {
      const value = await this.question();
      if (mine !== this.asked) return;
      this.value = value;
      this.failure = '';
    } catch (error) {
      if (mine === this.asked) this.failure = messageOf(error);
    }
  }
}
