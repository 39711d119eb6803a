// A small model of one company's money: what was charged, paid, given back and is open, by its own arithmetic.

const TAX_BP = 1_900;
/** What the company of a run lets go as a small difference: see its policy. */
export const SMALL = { fixedMinor: 50, basisPoints: 100 };
/** Above this share of the limit an order is rejected at once. */
const REJECT_ABOVE_PERCENT = 200;
const WINDOW_MS = 30 * 86_400_000;

/** What roles approve alone, in minor units of the euro; what is not listed is nothing. */
const MAY_APPROVE: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  credit_note: { ar_manager: 1_000_000, executive: Infinity },
  write_off: { credit_analyst: 50_000, ar_manager: 500_000, executive: Infinity },
  refund: { ar_manager: 500_000, treasurer: 10_000_000, executive: Infinity },
};

export interface Line {
  readonly isService: boolean;
  quantity: number;
  priceMinor: number;
  netMinor: number;
  taxMinor: number;
  shipped: number;
  /** What had shipped and been billed when it last changed. */
  base: { quantity: number; netMinor: number; taxMinor: number };
  billedNetMinor: number;
  billedTaxMinor: number;
}

export interface Shipment {
  readonly id: string;
  readonly lineNo: number;
  readonly quantity: number;
  readonly before: number;
  readonly at: number;
  invoicing: 'due' | 'quality_failed' | 'contested' | 'waived' | 'invoiced';
}

export interface ModelOrder {
  readonly id: string;
  readonly number: string;
  readonly customer: ModelCustomer;
  readonly isPrepaid: boolean;
  /** Of an open invoice from elsewhere, which has no lines; `null`: an order of our own. */
  readonly openingMinor: number | null;
  readonly lines: Line[];
  readonly shipments: Shipment[];
  credit: 'unassessed' | 'held' | 'approved' | 'rejected';
  isCancelled: boolean;
  isServiceInvoiced: boolean;
  billedMinor: number;
}

export interface ModelCustomer {
  readonly id: string;
  readonly number: string;
  limitMinor: number | null;
  isBlocked: boolean;
}

export interface ModelItem {
  readonly id: string;
  readonly number: string;
  readonly order: ModelOrder;
  readonly side: 'debit' | 'credit';
  readonly originalMinor: number;
  readonly dueOn: string;
  /** The invoice's ID, and its only line; `null`: it was invoiced elsewhere. */
  readonly invoiceId: string | null;
  /** Of a credit note: the invoice that it corrects. */
  readonly corrects?: ModelItem;
  readonly line: { readonly quantity: number; readonly netMinor: number; readonly taxMinor: number };
  readonly credited: { netMinor: number; taxMinor: number };
  openMinor: number;
  /** Of a credit note: what of it was paid back. */
  refundedMinor: number;
  /** What was written off, as a loss or as a small difference, and not taken back: nobody paid it, so nothing of it is credited. */
  writtenOffMinor: number;
  /** Pieces that came back and were worth nothing any more. */
  returnedForNothing: number;
}

interface Allocation {
  readonly entry: number;
  readonly item: ModelItem;
  readonly amountMinor: number;
  smallMinor: number;
  isStanding: boolean;
}

export interface ModelPayment {
  readonly id: string;
  readonly customer: ModelCustomer;
  readonly amountMinor: number;
  readonly names: readonly string[];
  readonly by: string;
  readonly allocations: Allocation[];
  /** Items from which a person took it back last. */
  readonly notFor: Set<string>;
  unappliedMinor: number;
  returnedMinor: number;
  refundedMinor: number;
}

export interface ModelDispute {
  readonly id: string;
  readonly item: ModelItem;
  readonly amountMinor: number;
  state: 'open' | 'awaiting_approval' | 'over';
}

export interface ModelApproval {
  readonly id: string;
  readonly kind: 'credit_note' | 'write_off' | 'refund';
  readonly customer: ModelCustomer;
  readonly item: ModelItem | null;
  readonly payment: ModelPayment | null;
  readonly amountMinor: number;
  readonly asker: string;
  readonly askedAt: number;
  readonly dispute: ModelDispute | null;
  /** The credited part of the invoice's line, where goods came back. */
  readonly returned: { readonly quantity: number; readonly netMinor: number; readonly taxMinor: number } | null;
  state: 'requested' | 'approved' | 'rejected' | 'withdrawn' | 'lapsed';
}

export interface Hold {
  readonly id: number;
  readonly order: ModelOrder;
  readonly isQueued: boolean;
  readonly state: string;
}

/** What a customer's account comes to, from the commands alone. */
export interface Totals {
  invoicedMinor: number;
  creditedMinor: number;
  writtenOffMinor: number;
  smallMinor: number;
  paidMinor: number;
  returnedMinor: number;
  refundedMinor: number;
}

export class Model {
  readonly customers: ModelCustomer[] = [];
  readonly orders: ModelOrder[] = [];
  readonly items: ModelItem[] = [];
  readonly payments: ModelPayment[] = [];
  readonly disputes: ModelDispute[] = [];
  readonly approvals: ModelApproval[] = [];
  readonly totals = new Map<string, Totals>();
  /** Whether the customers share the limit of a group, and which. */
  group: { limitMinor: number | null } | null = null;
  holds: readonly Hold[] = [];
  #entries = 0;

  totalsOf(customer: ModelCustomer): Totals {
    const known = this.totals.get(customer.id);
    if (known !== undefined) return known;
    const totals = {
      ...{ invoicedMinor: 0, creditedMinor: 0, writtenOffMinor: 0, smallMinor: 0 },
      ...{ paidMinor: 0, returnedMinor: 0, refundedMinor: 0 },
    };
    this.totals.set(customer.id, totals);
    return totals;
  }

  // ── Orders ──

  /** The amounts that a line of so many pieces comes to. */
  static line(quantity: number, priceMinor: number, isService: boolean): Line {
    const netMinor = quantity * priceMinor;
    const base = { quantity: 0, netMinor: 0, taxMinor: 0 };
    const taxMinor = taxOn(netMinor);
    return {
      ...{ quantity, priceMinor, isService, netMinor, taxMinor, base },
      ...{ shipped: 0, billedNetMinor: 0, billedTaxMinor: 0 },
    };
  }

  /** Prices the part of a line that did not ship anew; what shipped keeps what was billed for it. */
  changeLine(line: Line, quantity: number, priceMinor: number): void {
    if (quantity === line.quantity && priceMinor === line.priceMinor) return;
    const restMinor = (quantity - line.shipped) * priceMinor;
    line.base = { quantity: line.shipped, netMinor: line.billedNetMinor, taxMinor: line.billedTaxMinor };
    line.netMinor = line.billedNetMinor + restMinor;
    line.taxMinor = line.billedTaxMinor + taxOn(restMinor);
    line.quantity = quantity;
    line.priceMinor = priceMinor;
  }

  /** Once no shipment waits for its invoice, what is never invoiced leaves the order's total. */
  dropWaived(order: ModelOrder): void {
    const isWaiting = order.shipments.some(({ invoicing }) => invoicing !== 'invoiced' && invoicing !== 'waived');
    if (isWaiting) return;
    const waived = order.shipments.filter((one) => one.invoicing === 'waived').map((one) => one.lineNo);
    for (const lineNo of new Set(waived)) {
      const line = order.lines[lineNo - 1];
      if (line === undefined) continue;
      const restMinor = Math.max(0, line.quantity - line.shipped) * line.priceMinor;
      const after = { netMinor: line.billedNetMinor + restMinor, taxMinor: line.billedTaxMinor + taxOn(restMinor) };
      if (after.netMinor === line.netMinor && after.taxMinor === line.taxMinor) continue;
      line.base = { quantity: line.shipped, netMinor: line.billedNetMinor, taxMinor: line.billedTaxMinor };
      line.netMinor = after.netMinor;
      line.taxMinor = after.taxMinor;
    }
  }

  /** Opens the item of an invoice: of a shipment, or of the services when `shipment` is null. */
  invoice(
    order: ModelOrder,
    shipment: Shipment | null,
    named: { itemId: string; number: string; dueOn: string; invoiceId: string },
  ): ModelItem {
    const lineNo = shipment?.lineNo ?? order.lines.findIndex((line) => line.isService) + 1;
    const line = order.lines[lineNo - 1];
    if (line === undefined) throw new Error(`the model knows no line ${String(lineNo)} of ${order.number}`);
    const quantity = shipment?.quantity ?? line.quantity;
    const { netMinor, taxMinor } = cut(line, shipment?.before ?? 0, quantity);
    line.billedNetMinor += netMinor;
    line.billedTaxMinor += taxMinor;
    if (shipment === null) order.isServiceInvoiced = true;
    else shipment.invoicing = 'invoiced';
    const originalMinor = netMinor + taxMinor;
    order.billedMinor += originalMinor;
    this.dropWaived(order);
    this.totalsOf(order.customer).invoicedMinor += originalMinor;
    const item: ModelItem = {
      ...{
        id: named.itemId,
        number: named.number,
        order,
        side: 'debit',
        dueOn: named.dueOn,
        invoiceId: named.invoiceId,
      },
      ...{ originalMinor, openMinor: originalMinor, writtenOffMinor: 0, refundedMinor: 0, returnedForNothing: 0 },
      line: { quantity, netMinor, taxMinor },
      credited: { netMinor: 0, taxMinor: 0 },
    };
    this.items.push(item);
    return item;
  }

  /** Takes an open invoice from elsewhere into the books. */
  open(order: ModelOrder, named: { itemId: string; dueOn: string }): void {
    const originalMinor = order.openingMinor ?? 0;
    order.billedMinor = originalMinor;
    this.totalsOf(order.customer).invoicedMinor += originalMinor;
    this.items.push({
      ...{ id: named.itemId, number: order.number, order, side: 'debit', dueOn: named.dueOn, invoiceId: null },
      ...{ originalMinor, openMinor: originalMinor, writtenOffMinor: 0, refundedMinor: 0, returnedForNothing: 0 },
      line: { quantity: 0, netMinor: 0, taxMinor: 0 },
      credited: { netMinor: 0, taxMinor: 0 },
    });
  }

  grossOf(order: ModelOrder): number {
    return order.openingMinor ?? sum(order.lines, (line) => line.netMinor + line.taxMinor);
  }

  /** What an order still asks of a limit. */
  neededOf(order: ModelOrder): number {
    return Math.max(0, this.grossOf(order) - order.billedMinor);
  }

  /** Whether the money that names a prepaid order covers what is left to invoice of it. */
  isPrepaidFor(order: ModelOrder): boolean {
    if (!order.isPrepaid) return true;
    const named = this.payments.filter((one) => one.customer === order.customer && one.names.includes(order.number));
    return sum(named, (one) => one.unappliedMinor) >= this.neededOf(order);
  }

  // ── Credit ──

  /** The customers whose debts count together with this one's. */
  #account(customer: ModelCustomer): readonly ModelCustomer[] {
    return this.group === null ? [customer] : this.customers;
  }

  #limitOf(customer: ModelCustomer): number | null {
    return this.group === null ? customer.limitMinor : this.group.limitMinor;
  }

  /** Open items, approved and granted orders, less money that was not used; without one order's own part. */
  exposure(customer: ModelCustomer, except: ModelOrder | null): number {
    const members = this.#account(customer);
    const items = this.items.filter((item) => members.includes(item.order.customer));
    const orders = this.orders.filter((order) => members.includes(order.customer) && order !== except);
    const isGranted = (order: ModelOrder): boolean =>
      this.holds.some((hold) => hold.order === order && hold.state === 'granted');
    const reserved = orders.filter(
      (order) => (order.credit === 'approved' && !order.isPrepaid && !order.isCancelled) || isGranted(order),
    );
    const cash = this.payments.filter((one) => members.includes(one.customer));
    return (
      sum(items, (item) => (item.side === 'debit' ? item.openMinor : -item.openMinor)) +
      sum(reserved, (order) => this.neededOf(order)) -
      sum(cash, (one) => one.unappliedMinor)
    );
  }

  /** What the credit check must say of an order now. */
  assess(order: ModelOrder): 'approved' | 'held' | 'rejected' {
    const { customer } = order;
    if (customer.isBlocked) return 'rejected';
    const needed = this.neededOf(order);
    if (order.isPrepaid || needed === 0) return 'approved';
    const limit = this.#limitOf(customer);
    const total = this.exposure(customer, order) + needed;
    if (limit !== null && total > limit) return total * 100 > limit * REJECT_ABOVE_PERCENT ? 'rejected' : 'held';
    return this.#queue(customer).some((hold) => hold.order !== order) ? 'held' : 'approved';
  }

  /** What is wrong with the grants that were made in one moment. */
  grantFaults(granted: readonly Hold[]): string[] {
    return granted.flatMap((hold) => {
      const { customer, number, isPrepaid } = hold.order;
      // What asks for no credit passes under any limit.
      const limit = isPrepaid || this.neededOf(hold.order) === 0 ? null : this.#limitOf(customer);
      const before = this.#queue(customer).filter((one) => one.id < hold.id);
      const exposure = this.exposure(customer, null);
      return [
        ...(limit !== null && exposure > limit ? [`${number} was granted above the limit: ${String(exposure)}`] : []),
        ...(before.length > 0 ? [`${number} was granted before ${before.map((one) => one.order.number).join()}`] : []),
      ];
    });
  }

  /** Heads of queues that fit and were not let go. */
  forgottenHeads(): string[] {
    const accounts = this.group === null ? this.customers : this.customers.slice(0, 1);
    return accounts.flatMap((customer) => {
      const [head] = this.#queue(customer);
      if (head === undefined || head.order.customer.isBlocked) return [];
      const limit = this.#limitOf(customer);
      const total = this.exposure(customer, null) + this.neededOf(head.order);
      return limit === null || total <= limit ? [`${head.order.number} heads its queue, fits and is not let go`] : [];
    });
  }

  #queue(customer: ModelCustomer): readonly Hold[] {
    const members = this.#account(customer);
    return this.holds
      .filter((hold) => hold.state === 'waiting' && hold.isQueued && members.includes(hold.order.customer))
      .sort((a, b) => a.id - b.id);
  }

  // ── Payments ──

  pay(payment: Pick<ModelPayment, 'id' | 'customer' | 'amountMinor' | 'names' | 'by'>): ModelPayment {
    const paid: ModelPayment = {
      ...{ ...payment, allocations: [], notFor: new Set(), unappliedMinor: payment.amountMinor },
      ...{ returnedMinor: 0, refundedMinor: 0 },
    };
    this.payments.push(paid);
    this.totalsOf(payment.customer).paidMinor += payment.amountMinor;
    this.apply(paid, this.named(paid, null));
    return paid;
  }

  /** What a payment goes to by its reference: items by their numbers, then those of orders, the earliest due first. */
  named(payment: ModelPayment, order: ModelOrder | null): ModelItem[] {
    const open = this.items
      .filter((item) => item.side === 'debit' && item.openMinor > 0 && item.order.customer === payment.customer)
      .filter((item) => order === null || (item.order === order && !payment.notFor.has(item.id)))
      .sort((a, b) => (a.dueOn === b.dueOn ? (a.id < b.id ? -1 : 1) : a.dueOn < b.dueOn ? -1 : 1));
    const byItem = payment.names.flatMap((name) => open.filter((item) => item.number === name));
    const byOrder = payment.names.flatMap((name) => open.filter((item) => item.order.number === name));
    return [...new Set([...byItem, ...byOrder])];
  }

  /** Uses what is left of a payment for the items, one after the other, or only so much of it. */
  apply(payment: ModelPayment, items: readonly ModelItem[], atMostMinor = Infinity): void {
    this.#entries += 1;
    let left = atMostMinor;
    for (const item of items) {
      const amountMinor = Math.min(payment.unappliedMinor, item.openMinor, left);
      if (amountMinor <= 0) continue;
      left -= amountMinor;
      payment.unappliedMinor -= amountMinor;
      item.openMinor -= amountMinor;
      const smallMinor = this.#isSmall(item) ? item.openMinor : 0;
      item.openMinor -= smallMinor;
      item.writtenOffMinor += smallMinor;
      this.totalsOf(item.order.customer).smallMinor += smallMinor;
      payment.allocations.push({ entry: this.#entries, item, amountMinor, smallMinor, isStanding: true });
      payment.notFor.delete(item.id);
    }
  }

  #isSmall(item: ModelItem): boolean {
    const { openMinor, originalMinor } = item;
    if (openMinor === 0 || this.disputedMinor(item) > 0) return false;
    return openMinor <= SMALL.fixedMinor && openMinor * 10_000 <= originalMinor * SMALL.basisPoints;
  }

  /** Newest first: what stands of a payment's allocations. */
  standing(payment: ModelPayment): Allocation[] {
    return payment.allocations
      .filter((one) => one.isStanding)
      .sort((a, b) => (a.entry === b.entry ? (a.item.id < b.item.id ? -1 : 1) : b.entry - a.entry));
  }

  #reverse(payment: ModelPayment, one: Allocation): void {
    one.isStanding = false;
    one.item.openMinor += one.amountMinor + one.smallMinor;
    one.item.writtenOffMinor -= one.smallMinor;
    this.totalsOf(one.item.order.customer).smallMinor -= one.smallMinor;
    payment.unappliedMinor += one.amountMinor;
  }

  undo(payment: ModelPayment, item: ModelItem): void {
    const one = this.standing(payment).find((candidate) => candidate.item === item);
    if (one === undefined) throw new Error(`the model knows nothing to undo of ${item.number}`);
    this.#reverse(payment, one);
    payment.notFor.add(item.id);
    this.#clearOwnCredit(item);
  }

  /** An invoice that is open again takes the credit notes that correct it, oldest first. */
  #clearOwnCredit(item: ModelItem): void {
    for (const credit of this.items) {
      if (credit.corrects !== item) continue;
      const clearedMinor = Math.min(credit.openMinor, item.openMinor);
      credit.openMinor -= clearedMinor;
      item.openMinor -= clearedMinor;
    }
  }

  /** Takes money back: what is unapplied first, then whole allocations, newest first; a rest goes to its item again. */
  takeBack(payment: ModelPayment, amountMinor: number): void {
    let last: Allocation | null = null;
    const reversed = new Set<ModelItem>();
    for (const one of this.standing(payment)) {
      if (payment.unappliedMinor >= amountMinor) break;
      this.#reverse(payment, one);
      reversed.add(one.item);
      last = one;
    }
    payment.unappliedMinor -= amountMinor;
    payment.returnedMinor += amountMinor;
    this.totalsOf(payment.customer).returnedMinor += amountMinor;
    if (last !== null && payment.unappliedMinor > 0) this.apply(payment, [last.item]);
    for (const item of reversed) this.#clearOwnCredit(item);
  }

  // ── Disputes and approvals ──

  disputedMinor(item: ModelItem): number {
    return sum(
      this.disputes.filter((one) => one.item === item && one.state !== 'over'),
      (one) => one.amountMinor,
    );
  }

  creditedMinor(item: ModelItem): number {
    return item.credited.netMinor + item.credited.taxMinor;
  }

  /** What may still be credited of an invoice, whatever waits to be decided. */
  leftToCredit(item: ModelItem): number {
    return item.originalMinor - this.creditedMinor(item) - item.writtenOffMinor;
  }

  /** Asked for and not decided, of one kind over one item or payment. */
  pendingMinor(kind: ModelApproval['kind'], about: ModelItem | ModelPayment): number {
    const pending = this.approvals.filter((one) => one.kind === kind && one.state === 'requested');
    return sum(
      pending.filter((one) => one.item === about || one.payment === about),
      (one) => one.amountMinor,
    );
  }

  /** What goods that came back are worth: their share of the line, never more than is left of it. */
  returnWorth(item: ModelItem, quantity: number): { quantity: number; netMinor: number; taxMinor: number } {
    const returned = this.approvals.filter((one) => one.item === item && one.returned !== null);
    const counted = returned.filter((one) => one.state === 'requested' || one.state === 'approved');
    const before = item.returnedForNothing + sum(counted, (one) => one.returned?.quantity ?? 0);
    const { line } = item;
    const left = this.#creditable(item, null);
    return {
      quantity,
      netMinor: Math.min(left.netMinor, portion(line.netMinor, line.quantity, before, quantity)),
      taxMinor: Math.min(left.taxMinor, portion(line.taxMinor, line.quantity, before, quantity)),
    };
  }

  /** Pieces of an invoice that did not come back yet. */
  leftToReturn(item: ModelItem): number {
    const counted = this.approvals.filter((one) => one.item === item && ['requested', 'approved'].includes(one.state));
    return item.line.quantity - item.returnedForNothing - sum(counted, (one) => one.returned?.quantity ?? 0);
  }

  /** What is left of an invoice's line beside credit notes, and returns of goods that wait to be decided. */
  #creditable({ line, credited, id }: ModelItem, except: ModelApproval | null): { netMinor: number; taxMinor: number } {
    const waiting = this.approvals.filter((one) => one.item?.id === id && one.state === 'requested' && one !== except);
    return {
      netMinor: line.netMinor - credited.netMinor - sum(waiting, (one) => one.returned?.netMinor ?? 0),
      taxMinor: line.taxMinor - credited.taxMinor - sum(waiting, (one) => one.returned?.taxMinor ?? 0),
    };
  }

  /** Whether somebody who did not ask may approve a case, by amount and by the sum of thirty days. */
  mayApprove(approval: ModelApproval, roles: readonly string[]): boolean {
    const together = this.approvals.filter(
      (one) =>
        one.kind === approval.kind &&
        one.customer === approval.customer &&
        (one === approval || one.state === 'requested' || one.state === 'approved') &&
        one.askedAt > approval.askedAt - WINDOW_MS,
    );
    const limit = Math.max(0, ...roles.map((role) => MAY_APPROVE[approval.kind]?.[role] ?? 0));
    return sum(together, (one) => one.amountMinor) <= limit;
  }

  isDecider(approval: ModelApproval, roles: readonly string[]): boolean {
    return roles.some((role) => MAY_APPROVE[approval.kind]?.[role] !== undefined);
  }

  /** Ends a case and, with it, the dispute that waited for it. */
  end(approval: ModelApproval, state: Exclude<ModelApproval['state'], 'requested'>): void {
    approval.state = state;
    if (approval.dispute !== null) approval.dispute.state = state === 'approved' ? 'over' : 'open';
  }

  /** Issues an approved credit note, and settles its invoice with it as far as that is open. */
  credit(approval: ModelApproval, named: { itemId: string; number: string; dueOn: string; invoiceId: string }): void {
    const { item, amountMinor, returned } = approval;
    if (item === null) throw new Error('a credit note corrects an item');
    const { credited } = item;
    const left = this.#creditable(item, approval);
    const taxMinor = returned?.taxMinor ?? half(amountMinor * left.taxMinor, left.netMinor + left.taxMinor);
    credited.netMinor += amountMinor - taxMinor;
    credited.taxMinor += taxMinor;
    const clearedMinor = Math.min(item.openMinor, amountMinor);
    item.openMinor -= clearedMinor;
    this.totalsOf(approval.customer).creditedMinor += amountMinor;
    this.items.push({
      ...{ id: named.itemId, number: named.number, order: item.order, side: 'credit', dueOn: named.dueOn },
      ...{
        invoiceId: named.invoiceId,
        originalMinor: amountMinor,
        openMinor: amountMinor - clearedMinor,
        corrects: item,
      },
      line: { quantity: 1, netMinor: amountMinor - taxMinor, taxMinor },
      ...{ credited: { netMinor: 0, taxMinor: 0 }, writtenOffMinor: 0, refundedMinor: 0, returnedForNothing: 0 },
    });
  }

  writeOff({ item, amountMinor, customer }: ModelApproval): void {
    if (item === null) throw new Error('a write-off is of an item');
    item.openMinor -= amountMinor;
    item.writtenOffMinor += amountMinor;
    this.totalsOf(customer).writtenOffMinor += amountMinor;
  }

  refund({ item, payment, amountMinor, customer }: ModelApproval): void {
    if (item !== null) {
      item.openMinor -= amountMinor;
      item.refundedMinor += amountMinor;
    }
    if (payment !== null) {
      payment.unappliedMinor -= amountMinor;
      payment.refundedMinor += amountMinor;
    }
    this.totalsOf(customer).refundedMinor += amountMinor;
  }

  /**
   * What was lost on invoices whose credit was paid back before the bank took their payment back: they are open again, the customer
   * has the money twice, and nothing but a write-off ends it.
   */
  lostMinor(customer: ModelCustomer): number {
    const debits = this.items.filter((item) => item.side === 'debit' && item.order.customer === customer);
    return sum(debits, (item) => {
      const credits = this.items.filter((credit) => credit.corrects === item);
      return Math.min(
        item.writtenOffMinor,
        sum(credits, (credit) => credit.refundedMinor),
      );
    });
  }

  /**
   * What is wrong between the items and payments, and what the commands alone say of a customer's account: open items less
   * unused money are what was charged and neither credited, written off nor paid for good.
   */
  faults(): string[] {
    return this.customers.flatMap((customer) => {
      const items = this.items.filter((item) => item.order.customer === customer);
      const open = sum(items, (item) => (item.side === 'debit' ? item.openMinor : -item.openMinor));
      const unused = sum(
        this.payments.filter((one) => one.customer === customer),
        (one) => one.unappliedMinor,
      );
      const all = this.totalsOf(customer);
      const owed = all.invoicedMinor - all.creditedMinor - all.writtenOffMinor - all.smallMinor;
      const kept = all.paidMinor - all.returnedMinor - all.refundedMinor;
      if (open - unused === owed - kept) return [];
      return [
        `${customer.number}: open ${String(open)} less unused ${String(unused)}, owes ${String(owed)}, keeps ${String(kept)}`,
      ];
    });
  }
}

/** The part of a line that a shipment carried: of what lies above its base, and beyond what was ordered at its price. */
function cut(line: Line, before: number, quantity: number): { netMinor: number; taxMinor: number } {
  const from = Math.min(before, line.quantity);
  const to = Math.min(before + quantity, line.quantity);
  const beyondMinor = (quantity - (to - from)) * line.priceMinor;
  const { base } = line;
  const whole = line.quantity - base.quantity;
  const share = (totalMinor: number): number =>
    to === from ? 0 : portion(totalMinor, whole, from - base.quantity, to - from);
  return {
    netMinor: share(line.netMinor - base.netMinor) + beyondMinor,
    taxMinor: share(line.taxMinor - base.taxMinor) + taxOn(beyondMinor),
  };
}

/** The share of a total that falls to the next part of a whole that comes in pieces. */
function portion(totalMinor: number, whole: number, before: number, part: number): number {
  return half(totalMinor * (before + part), whole) - half(totalMinor * before, whole);
}

/** Divides whole numbers above zero, halves up. */
function half(numerator: number, denominator: number): number {
  return denominator === 0 ? 0 : Math.floor((2 * numerator + denominator) / (2 * denominator));
}

function taxOn(netMinor: number): number {
  return half(netMinor * TAX_BP, 10_000);
}

function sum<T>(list: readonly T[], of: (one: T) => number): number {
  return list.reduce((total, one) => total + of(one), 0);
}
