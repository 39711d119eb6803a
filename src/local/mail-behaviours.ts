// What a mail catcher does with mail, told by scripts: a list of rules, of which the first that fits is used up.

export type MailBehaviourKind = 'accept' | 'reject_recipient' | 'defer' | 'drop_after_data' | 'slow';

export interface MailBehaviour {
  readonly kind: MailBehaviourKind;
  /** Default: every recipient. */
  readonly forRecipient?: RegExp;
  /** How often it applies before the next rule gets its turn. Default: always. */
  readonly times?: number;
  /** For `slow`: how long the final answer waits. */
  readonly delayMs?: number;
}

/** When in the conversation a behaviour is decided: at a recipient, or once the message is there. */
export type MailMoment = 'recipient' | 'message';

const momentOf: Readonly<Record<MailBehaviourKind, readonly MailMoment[]>> = {
  accept: ['recipient', 'message'],
  reject_recipient: ['recipient'],
  defer: ['recipient'],
  drop_after_data: ['message'],
  slow: ['message'],
};

interface Rule {
  readonly behaviour: MailBehaviour;
  left: number;
}

export class MailBehaviours {
  #rules: Rule[] = [];

  /** Adds a rule after those that are there. */
  add(behaviour: MailBehaviour): void {
    this.#rules.push({ behaviour, left: behaviour.times ?? Number.POSITIVE_INFINITY });
  }

  /** Forgets all rules: everything is accepted again. */
  clear(): void {
    this.#rules = [];
  }

  /** The behaviour for these recipients at this moment, which counts as used. */
  use(moment: MailMoment, recipients: readonly string[]): MailBehaviour {
    const rule = this.#rules.find((candidate) => fits(candidate, moment, recipients));
    if (rule === undefined) return { kind: 'accept' };
    // A rule that accepts is met twice by each message, at the recipient and at the end: it is used up at the end.
    if (!(rule.behaviour.kind === 'accept' && moment === 'recipient')) rule.left -= 1;
    return rule.behaviour;
  }
}

function fits({ behaviour, left }: Rule, moment: MailMoment, recipients: readonly string[]): boolean {
  if (left <= 0 || !momentOf[behaviour.kind].includes(moment)) return false;
  const { forRecipient } = behaviour;
  return forRecipient === undefined || recipients.some((recipient) => recipient.search(forRecipient) >= 0);
}
