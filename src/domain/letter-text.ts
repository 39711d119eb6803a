// The words of letters and invoice mails: one plain text for all items of a customer, in the customer's language.

import type { IsoDate } from './dates.ts';
import { formatDecimal } from './money.ts';

export type LetterLevel = 'notice' | 'reminder1' | 'reminder2' | 'reminder3';
export type LetterLanguage = 'en' | 'de' | 'fr' | 'es';

export interface LetterItem {
  readonly number: string;
  readonly purchaseOrder?: string | null;
  readonly invoicedOn: IsoDate;
  readonly dueOn: IsoDate;
  readonly openMinor: number;
  readonly currency: string;
  readonly level: LetterLevel;
  /** Calendar days since the due date; zero or negative while the item is not overdue. */
  readonly daysOverdue: number;
}

export interface LetterSender {
  readonly name: string;
  readonly email?: string | null;
}

export interface Letter {
  /** The highest level among the items. */
  readonly level: LetterLevel;
  /** A language tag such as `de` or `fr-CH`; anything without a text of ours reads English. */
  readonly language: string;
  readonly legalEntity: LetterSender;
  readonly customer: { readonly name: string };
  readonly items: readonly LetterItem[];
  readonly sentOn: IsoDate;
}

export interface InvoiceMail {
  readonly language: string;
  readonly legalEntity: LetterSender;
  readonly customer: { readonly name: string };
  readonly invoice: {
    readonly number: string;
    readonly purchaseOrder?: string | null;
    readonly orderNumber: string;
    readonly invoicedOn: IsoDate;
    readonly dueOn: IsoDate;
    readonly grossMinor: number;
    readonly currency: string;
  };
}

/** A demand for payment before anything is shipped. */
export interface ProformaMail {
  readonly language: string;
  readonly legalEntity: LetterSender;
  readonly customer: { readonly name: string };
  readonly proforma: {
    /** What the customer is to quote. */
    readonly orderNumber: string;
    readonly purchaseOrder?: string | null;
    readonly issuedOn: IsoDate;
    readonly grossMinor: number;
    readonly currency: string;
  };
}

export interface CreditNoteMail {
  readonly language: string;
  readonly legalEntity: LetterSender;
  readonly customer: { readonly name: string };
  readonly creditNote: {
    readonly number: string;
    /** The invoice that it corrects. */
    readonly invoiceNumber: string;
    readonly orderNumber: string;
    readonly purchaseOrder?: string | null;
    readonly issuedOn: IsoDate;
    readonly grossMinor: number;
    readonly currency: string;
  };
}

export interface MailText {
  /** One line, without control characters. */
  readonly subject: string;
  readonly text: string;
}

type Overdue = Exclude<LetterLevel, 'notice'>;

interface Phrases {
  readonly greeting: string;
  readonly closing: string;
  readonly invoices: (count: number, number: string) => string;
  readonly subject: Readonly<Record<LetterLevel, string>>;
  /** Opens the part about overdue items; `many` tells whether it speaks of several invoices. */
  readonly overdue: Readonly<Record<Overdue, (many: boolean) => string>>;
  readonly request: Readonly<Record<Overdue, string>>;
  readonly due: (many: boolean) => string;
  readonly headings: { readonly overdue: string; readonly due: string };
  readonly asOf: (sentOn: IsoDate) => string;
  readonly columns: Readonly<Record<Column, string>>;
  readonly total: string;
  readonly quoting: string;
  readonly crossed: string;
  readonly questions: (email: string | null) => string;
  readonly invoiceMail: InvoicePhrases;
  readonly proformaMail: ProformaPhrases;
  readonly creditNoteMail: CreditNotePhrases;
}

interface InvoicePhrases {
  readonly subject: string;
  readonly yourOrder: string;
  readonly opening: (number: string, orderNumber: string) => string;
  readonly invoicedOn: string;
  readonly amount: string;
  readonly pay: (dueOn: IsoDate, number: string) => string;
  readonly nothingToPay: string;
  readonly thanks: string;
}

interface ProformaPhrases {
  readonly subject: string;
  readonly opening: (orderNumber: string) => string;
  readonly issuedOn: string;
  readonly pay: (orderNumber: string) => string;
}

interface CreditNotePhrases {
  readonly subject: string;
  readonly opening: (number: string, invoiceNumber: string, orderNumber: string) => string;
  readonly issuedOn: string;
  readonly credited: (invoiceNumber: string) => string;
}

type Column = 'number' | 'purchaseOrder' | 'invoicedOn' | 'dueOn' | 'open' | 'days';

const COLUMNS_TO_THE_RIGHT: ReadonlySet<Column> = new Set(['open', 'days']);

const EN: Phrases = {
  greeting: 'Dear Sir or Madam,',
  closing: 'Kind regards,',
  invoices: (count, number) => (count === 1 ? `invoice ${number}` : `${String(count)} invoices`),
  subject: {
    notice: 'Due soon',
    reminder1: 'Payment reminder',
    reminder2: 'Second payment reminder',
    reminder3: 'Last payment reminder',
  },
  overdue: {
    reminder1: (many) =>
      many
        ? 'Perhaps it has escaped your attention: we have not yet received payment of the invoices below, which were due.'
        : 'Perhaps it has escaped your attention: we have not yet received payment of the invoice below, which was due.',
    reminder2: (many) =>
      `In spite of our first reminder we have still not received payment of the ${many ? 'invoices' : 'invoice'} below.`,
    reminder3: (many) =>
      `We have reminded you more than once, and the ${many ? 'invoices below remain' : 'invoice below remains'} unpaid.`,
  },
  request: {
    reminder1: 'We would be grateful if you could pay the open amount in the next few days.',
    reminder2: 'Please pay the open amount without delay, or tell us what keeps you from doing so.',
    reminder3:
      'This is our last written reminder. Please pay the open amount at once. Otherwise a member of our staff will contact you in person.',
  },
  due: (many) =>
    many
      ? 'The following invoices will fall due soon. This is only a friendly notice, so that you can plan the payment.'
      : 'The following invoice will fall due soon. This is only a friendly notice, so that you can plan the payment.',
  headings: { overdue: 'OVERDUE', due: 'DUE SOON' },
  asOf: (sentOn) => `As of ${sentOn}:`,
  columns: {
    number: 'Invoice',
    purchaseOrder: 'Your order',
    invoicedOn: 'Dated',
    dueOn: 'Due',
    open: 'Open',
    days: 'Days overdue',
  },
  total: 'Total',
  quoting: 'Please quote the invoice number with your payment.',
  crossed: 'If you have paid in the meantime, please disregard this letter.',
  questions: (email) =>
    email === null
      ? 'If anything is unclear or wrong, please reply to this e-mail.'
      : `If anything is unclear or wrong, please write to ${email}.`,
  invoiceMail: {
    subject: 'Invoice',
    yourOrder: 'your order',
    opening: (number, order) => `Please find attached our invoice ${number} for order ${order}.`,
    invoicedOn: 'Invoice date',
    amount: 'Amount',
    pay: (dueOn, number) => `Please pay by ${dueOn}, quoting ${number}.`,
    nothingToPay: 'There is nothing to pay on this invoice.',
    thanks: 'Thank you for your business.',
  },
  proformaMail: {
    subject: 'Proforma invoice for order',
    opening: (order) => `Thank you for your order ${order}. Please find attached our proforma invoice.`,
    issuedOn: 'Date',
    pay: (order) => `We ship your order once your payment has arrived. Please pay the amount quoting ${order}.`,
  },
  creditNoteMail: {
    subject: 'Credit note',
    opening: (number, invoice, order) =>
      `Please find attached our credit note ${number} for invoice ${invoice}, order ${order}.`,
    issuedOn: 'Date',
    credited: (invoice) => `We set the amount off against what is open of invoice ${invoice}. There is nothing to pay.`,
  },
};

const DE: Phrases = {
  greeting: 'Sehr geehrte Damen und Herren,',
  closing: 'Mit freundlichen Grüßen',
  invoices: (count, number) => (count === 1 ? `Rechnung ${number}` : `${String(count)} Rechnungen`),
  subject: {
    notice: 'Bald fällig',
    reminder1: 'Zahlungserinnerung',
    reminder2: 'Zweite Zahlungserinnerung',
    reminder3: 'Letzte Zahlungserinnerung',
  },
  overdue: {
    reminder1: (many) =>
      many
        ? 'sicher ist es Ihnen entgangen: Für die unten genannten fälligen Rechnungen haben wir noch keine Zahlung erhalten.'
        : 'sicher ist es Ihnen entgangen: Für die unten genannte fällige Rechnung haben wir noch keine Zahlung erhalten.',
    reminder2: (many) =>
      many
        ? 'trotz unserer ersten Erinnerung haben wir für die unten genannten Rechnungen noch keine Zahlung erhalten.'
        : 'trotz unserer ersten Erinnerung haben wir für die unten genannte Rechnung noch keine Zahlung erhalten.',
    reminder3: (many) =>
      many
        ? 'wir haben Sie mehrfach erinnert, und die unten genannten Rechnungen sind weiterhin unbezahlt.'
        : 'wir haben Sie mehrfach erinnert, und die unten genannte Rechnung ist weiterhin unbezahlt.',
  },
  request: {
    reminder1: 'Bitte überweisen Sie den offenen Betrag in den nächsten Tagen.',
    reminder2:
      'Bitte überweisen Sie den offenen Betrag umgehend, oder teilen Sie uns mit, was der Zahlung entgegensteht.',
    reminder3:
      'Dies ist unsere letzte schriftliche Erinnerung. Bitte überweisen Sie den offenen Betrag sofort. Andernfalls werden wir uns persönlich mit Ihnen in Verbindung setzen.',
  },
  due: (many) =>
    many
      ? 'die folgenden Rechnungen werden bald fällig. Dies ist nur ein freundlicher Hinweis, damit Sie die Zahlung einplanen können.'
      : 'die folgende Rechnung wird bald fällig. Dies ist nur ein freundlicher Hinweis, damit Sie die Zahlung einplanen können.',
  headings: { overdue: 'ÜBERFÄLLIG', due: 'BALD FÄLLIG' },
  asOf: (sentOn) => `Stand ${sentOn}:`,
  columns: {
    number: 'Rechnung',
    purchaseOrder: 'Ihre Bestellung',
    invoicedOn: 'Datum',
    dueOn: 'Fällig am',
    open: 'Offen',
    days: 'Tage überfällig',
  },
  total: 'Summe',
  quoting: 'Bitte geben Sie bei der Zahlung die Rechnungsnummer an.',
  crossed: 'Sollten Sie inzwischen gezahlt haben, betrachten Sie dieses Schreiben bitte als gegenstandslos.',
  questions: (email) =>
    email === null
      ? 'Wenn etwas unklar ist oder nicht stimmt, antworten Sie bitte auf diese E-Mail.'
      : `Wenn etwas unklar ist oder nicht stimmt, schreiben Sie bitte an ${email}.`,
  invoiceMail: {
    subject: 'Rechnung',
    yourOrder: 'Ihre Bestellung',
    opening: (number, order) => `anbei erhalten Sie unsere Rechnung ${number} zum Auftrag ${order}.`,
    invoicedOn: 'Rechnungsdatum',
    amount: 'Betrag',
    pay: (dueOn, number) => `Bitte zahlen Sie bis zum ${dueOn} unter Angabe von ${number}.`,
    nothingToPay: 'Zu dieser Rechnung ist nichts zu zahlen.',
    thanks: 'Vielen Dank für Ihren Auftrag.',
  },
  proformaMail: {
    subject: 'Proforma-Rechnung zum Auftrag',
    opening: (order) => `vielen Dank für Ihren Auftrag ${order}. Anbei erhalten Sie unsere Proforma-Rechnung.`,
    issuedOn: 'Datum',
    pay: (order) =>
      `Wir versenden Ihre Bestellung, sobald Ihre Zahlung eingegangen ist. Bitte zahlen Sie den Betrag unter Angabe von ${order}.`,
  },
  creditNoteMail: {
    subject: 'Gutschrift',
    opening: (number, invoice, order) =>
      `anbei erhalten Sie unsere Gutschrift ${number} zur Rechnung ${invoice}, Auftrag ${order}.`,
    issuedOn: 'Datum',
    credited: (invoice) =>
      `Wir verrechnen den Betrag mit dem, was von der Rechnung ${invoice} offen ist. Es ist nichts zu zahlen.`,
  },
};

const FR: Phrases = {
  greeting: 'Madame, Monsieur,',
  closing: 'Cordialement,',
  invoices: (count, number) => (count === 1 ? `facture ${number}` : `${String(count)} factures`),
  subject: {
    notice: 'Échéance proche',
    reminder1: 'Rappel de paiement',
    reminder2: 'Deuxième rappel de paiement',
    reminder3: 'Dernier rappel de paiement',
  },
  overdue: {
    reminder1: (many) =>
      many
        ? "Sauf erreur de notre part, nous n'avons pas encore reçu le paiement des factures échues ci-dessous."
        : "Sauf erreur de notre part, nous n'avons pas encore reçu le paiement de la facture échue ci-dessous.",
    reminder2: (many) =>
      many
        ? "Malgré notre premier rappel, nous n'avons toujours pas reçu le paiement des factures ci-dessous."
        : "Malgré notre premier rappel, nous n'avons toujours pas reçu le paiement de la facture ci-dessous.",
    reminder3: (many) =>
      many
        ? 'Malgré plusieurs rappels, les factures ci-dessous restent impayées.'
        : 'Malgré plusieurs rappels, la facture ci-dessous reste impayée.',
  },
  request: {
    reminder1: 'Nous vous remercions de bien vouloir régler le montant dû dans les prochains jours.',
    reminder2: 'Merci de régler le montant dû sans tarder, ou de nous indiquer ce qui empêche le paiement.',
    reminder3:
      "Ceci est notre dernier rappel écrit. Merci de régler le montant dû immédiatement. À défaut, l'un de nos collaborateurs prendra contact avec vous.",
  },
  due: (many) =>
    many
      ? 'Les factures suivantes arrivent bientôt à échéance. Ceci est un simple avis, pour vous permettre de prévoir le paiement.'
      : 'La facture suivante arrive bientôt à échéance. Ceci est un simple avis, pour vous permettre de prévoir le paiement.',
  headings: { overdue: 'EN RETARD', due: 'À ÉCHOIR' },
  asOf: (sentOn) => `Situation au ${sentOn} :`,
  columns: {
    number: 'Facture',
    purchaseOrder: 'Votre commande',
    invoicedOn: 'Date',
    dueOn: 'Échéance',
    open: 'Montant dû',
    days: 'Jours de retard',
  },
  total: 'Total',
  quoting: "Merci d'indiquer le numéro de facture lors du paiement.",
  crossed: 'Si vous avez payé entre-temps, veuillez ne pas tenir compte de ce courrier.',
  questions: (email) =>
    email === null
      ? "Si quelque chose n'est pas clair ou n'est pas exact, veuillez répondre à ce courriel."
      : `Si quelque chose n'est pas clair ou n'est pas exact, veuillez écrire à ${email}.`,
  invoiceMail: {
    subject: 'Facture',
    yourOrder: 'votre commande',
    opening: (number, order) => `Veuillez trouver ci-joint notre facture ${number} relative à la commande ${order}.`,
    invoicedOn: 'Date de facture',
    amount: 'Montant',
    pay: (dueOn, number) => `Merci de payer au plus tard le ${dueOn} en indiquant ${number}.`,
    nothingToPay: "Il n'y a rien à payer pour cette facture.",
    thanks: 'Nous vous remercions de votre confiance.',
  },
  proformaMail: {
    subject: 'Facture pro forma pour la commande',
    opening: (order) =>
      `Nous vous remercions de votre commande ${order}. Veuillez trouver ci-joint notre facture pro forma.`,
    issuedOn: 'Date',
    pay: (order) =>
      `Nous expédierons votre commande dès réception de votre paiement. Merci de régler le montant en indiquant ${order}.`,
  },
  creditNoteMail: {
    subject: 'Avoir',
    opening: (number, invoice, order) =>
      `Veuillez trouver ci-joint notre avoir ${number} relatif à la facture ${invoice}, commande ${order}.`,
    issuedOn: 'Date',
    credited: (invoice) => `Le montant est imputé sur ce qui reste dû de la facture ${invoice}. Il n'y a rien à payer.`,
  },
};

const ES: Phrases = {
  greeting: 'Estimados señores:',
  closing: 'Atentamente,',
  invoices: (count, number) => (count === 1 ? `factura ${number}` : `${String(count)} facturas`),
  subject: {
    notice: 'Próximo vencimiento',
    reminder1: 'Recordatorio de pago',
    reminder2: 'Segundo recordatorio de pago',
    reminder3: 'Último recordatorio de pago',
  },
  overdue: {
    reminder1: (many) =>
      many
        ? 'Quizá se les haya pasado por alto: aún no hemos recibido el pago de las facturas vencidas que figuran a continuación.'
        : 'Quizá se les haya pasado por alto: aún no hemos recibido el pago de la factura vencida que figura a continuación.',
    reminder2: (many) =>
      many
        ? 'A pesar de nuestro primer recordatorio, seguimos sin recibir el pago de las facturas que figuran a continuación.'
        : 'A pesar de nuestro primer recordatorio, seguimos sin recibir el pago de la factura que figura a continuación.',
    reminder3: (many) =>
      many
        ? 'A pesar de varios recordatorios, las facturas que figuran a continuación siguen sin pagar.'
        : 'A pesar de varios recordatorios, la factura que figura a continuación sigue sin pagar.',
  },
  request: {
    reminder1: 'Les agradeceríamos que abonaran el importe pendiente en los próximos días.',
    reminder2: 'Les rogamos que abonen el importe pendiente sin demora, o que nos indiquen qué impide el pago.',
    reminder3:
      'Este es nuestro último recordatorio por escrito. Les rogamos que abonen el importe pendiente de inmediato. De lo contrario, nos pondremos en contacto con ustedes personalmente.',
  },
  due: (many) =>
    many
      ? 'Las siguientes facturas vencerán pronto. Este es solo un aviso, para que puedan prever el pago.'
      : 'La siguiente factura vencerá pronto. Este es solo un aviso, para que puedan prever el pago.',
  headings: { overdue: 'VENCIDO', due: 'PRÓXIMO VENCIMIENTO' },
  asOf: (sentOn) => `A fecha de ${sentOn}:`,
  columns: {
    number: 'Factura',
    purchaseOrder: 'Su pedido',
    invoicedOn: 'Fecha',
    dueOn: 'Vencimiento',
    open: 'Pendiente',
    days: 'Días de retraso',
  },
  total: 'Total',
  quoting: 'Les rogamos que indiquen el número de factura al pagar.',
  crossed: 'Si ya han efectuado el pago, les rogamos que no tengan en cuenta este mensaje.',
  questions: (email) =>
    email === null
      ? 'Si algo no está claro o no es correcto, respondan por favor a este correo.'
      : `Si algo no está claro o no es correcto, escriban por favor a ${email}.`,
  invoiceMail: {
    subject: 'Factura',
    yourOrder: 'su pedido',
    opening: (number, order) => `Adjuntamos nuestra factura ${number} correspondiente al pedido ${order}.`,
    invoicedOn: 'Fecha de factura',
    amount: 'Importe',
    pay: (dueOn, number) => `Les rogamos que paguen a más tardar el ${dueOn}, indicando ${number}.`,
    nothingToPay: 'No hay nada que pagar por esta factura.',
    thanks: 'Gracias por su confianza.',
  },
  proformaMail: {
    subject: 'Factura proforma del pedido',
    opening: (order) => `Gracias por su pedido ${order}. Adjuntamos nuestra factura proforma.`,
    issuedOn: 'Fecha',
    pay: (order) =>
      `Enviaremos su pedido en cuanto hayamos recibido el pago. Les rogamos que abonen el importe indicando ${order}.`,
  },
  creditNoteMail: {
    subject: 'Factura rectificativa',
    opening: (number, invoice, order) =>
      `Adjuntamos nuestra factura rectificativa ${number} de la factura ${invoice}, pedido ${order}.`,
    issuedOn: 'Fecha',
    credited: (invoice) => `Compensamos el importe con lo pendiente de la factura ${invoice}. No hay nada que pagar.`,
  },
};

const PHRASES: Readonly<Record<LetterLanguage, Phrases>> = { en: EN, de: DE, fr: FR, es: ES };

/** @returns the language we have texts in for a tag such as `de-AT`; English where we have none. */
export function letterLanguage(tag: string): LetterLanguage {
  const language = tag.slice(0, 2).toLowerCase();
  return language === 'de' || language === 'fr' || language === 'es' ? language : 'en';
}

/**
 * Writes one letter about all open items of a customer: overdue ones first, then those that fall due soon, each with a
 * table and a total per currency. Amounts are minor units. @throws a defect without items or on an unknown currency.
 */
export function letterText(letter: Letter): MailText {
  if (letter.items.length === 0) throw new Error('defect: a letter needs at least one item');
  const phrases = PHRASES[letterLanguage(letter.language)];
  const items = [...letter.items].sort(byDueDate);
  const overdue = items.filter((item) => item.daysOverdue > 0);
  const due = items.filter((item) => item.daysOverdue <= 0);
  const level = wordingOf(letter.level, overdue.length > 0);
  const context = { phrases, sentOn: letter.sentOn, isMixed: overdue.length > 0 && due.length > 0 };
  const paragraphs = [
    oneLine(letter.customer.name),
    phrases.greeting,
    ...(level === 'notice' ? [] : overdueSection(context, level, overdue)),
    ...(due.length === 0 ? [] : dueSection(context, due)),
    `${phrases.quoting}\n${phrases.crossed}\n${phrases.questions(emailOf(letter.legalEntity))}`,
    `${phrases.closing}\n${oneLine(letter.legalEntity.name)}`,
  ];
  const about = level === 'notice' ? due : overdue;
  const subject = `${phrases.subject[level]}: ${phrases.invoices(about.length, about[0]?.number ?? '')}`;
  return { subject: oneLine(`${subject} (${letter.legalEntity.name})`), text: `${paragraphs.join('\n\n')}\n` };
}

/** Writes the short mail that carries the PDF of an invoice. @throws a defect on an unknown currency. */
export function invoiceMailText(mail: InvoiceMail): MailText {
  const { invoice } = mail;
  const phrases = PHRASES[letterLanguage(mail.language)];
  const words = phrases.invoiceMail;
  const yourOrder = yourOrderText(phrases, invoice.purchaseOrder);
  const number = oneLine(invoice.number);
  return carryingMail(mail, {
    subject: `${words.subject} ${number}${yourOrder}`,
    opening: words.opening(number, oneLine(invoice.orderNumber) + yourOrder),
    facts: [
      [words.invoicedOn, invoice.invoicedOn],
      [phrases.columns.dueOn, invoice.dueOn],
      [words.amount, amountText(invoice.grossMinor, invoice.currency)],
    ],
    request: invoice.grossMinor > 0 ? words.pay(invoice.dueOn, number) : words.nothingToPay,
  });
}

/** Writes the short mail that carries the PDF of a proforma. @throws a defect on an unknown currency. */
export function proformaMailText(mail: ProformaMail): MailText {
  const { proforma } = mail;
  const phrases = PHRASES[letterLanguage(mail.language)];
  const words = phrases.proformaMail;
  const order = oneLine(proforma.orderNumber);
  const yourOrder = yourOrderText(phrases, proforma.purchaseOrder);
  return carryingMail(mail, {
    subject: `${words.subject} ${order}${yourOrder}`,
    opening: words.opening(order + yourOrder),
    facts: [
      [words.issuedOn, proforma.issuedOn],
      [phrases.invoiceMail.amount, amountText(proforma.grossMinor, proforma.currency)],
    ],
    request: words.pay(order),
  });
}

/** Writes the short mail that carries the PDF of a credit note. @throws a defect on an unknown currency. */
export function creditNoteMailText(mail: CreditNoteMail): MailText {
  const { creditNote } = mail;
  const phrases = PHRASES[letterLanguage(mail.language)];
  const words = phrases.creditNoteMail;
  const number = oneLine(creditNote.number);
  const invoice = oneLine(creditNote.invoiceNumber);
  const yourOrder = yourOrderText(phrases, creditNote.purchaseOrder);
  return carryingMail(mail, {
    subject: `${words.subject} ${number}${yourOrder}`,
    opening: words.opening(number, invoice, oneLine(creditNote.orderNumber) + yourOrder),
    facts: [
      [words.issuedOn, creditNote.issuedOn],
      [phrases.invoiceMail.amount, amountText(creditNote.grossMinor, creditNote.currency)],
    ],
    request: words.credited(invoice),
  });
}

function yourOrderText(phrases: Phrases, purchaseOrder: string | null | undefined): string {
  const known = oneLine(purchaseOrder ?? '');
  return known === '' ? '' : `, ${phrases.invoiceMail.yourOrder} ${known}`;
}

interface Carrying {
  readonly subject: string;
  readonly opening: string;
  readonly facts: readonly (readonly [string, string])[];
  readonly request: string;
}

/** A mail whose document says the rest. */
function carryingMail(
  mail: { readonly language: string; readonly legalEntity: LetterSender; readonly customer: { readonly name: string } },
  { subject, opening, facts, request }: Carrying,
): MailText {
  const phrases = PHRASES[letterLanguage(mail.language)];
  const width = Math.max(...facts.map(([label]) => lengthOf(label)));
  const paragraphs = [
    oneLine(mail.customer.name),
    phrases.greeting,
    opening,
    facts.map(([label, value]) => `${padEnd(`${label}:`, width + 1)}  ${value}`).join('\n'),
    request,
    `${phrases.questions(emailOf(mail.legalEntity))}\n${phrases.invoiceMail.thanks}`,
    `${phrases.closing}\n${oneLine(mail.legalEntity.name)}`,
  ];
  return { subject: oneLine(`${subject} (${mail.legalEntity.name})`), text: `${paragraphs.join('\n\n')}\n` };
}

interface SectionContext {
  readonly phrases: Phrases;
  readonly sentOn: IsoDate;
  /** Whether the letter has both sections, so that each needs its heading. */
  readonly isMixed: boolean;
}

function overdueSection(context: SectionContext, level: Overdue, items: readonly LetterItem[]): string[] {
  const { phrases, isMixed } = context;
  const many = items.length > 1;
  const opening = phrases.overdue[level](many);
  return [
    ...(isMixed ? [phrases.headings.overdue, capitalise(opening)] : [opening]),
    itemTable(context, items, ['number', 'purchaseOrder', 'invoicedOn', 'dueOn', 'open', 'days']),
    phrases.request[level],
  ];
}

function dueSection(context: SectionContext, items: readonly LetterItem[]): string[] {
  const { phrases, isMixed } = context;
  const opening = phrases.due(items.length > 1);
  return [
    ...(isMixed ? [phrases.headings.due, capitalise(opening)] : [opening]),
    itemTable(context, items, ['number', 'purchaseOrder', 'invoicedOn', 'dueOn', 'open']),
  ];
}

function itemTable(context: SectionContext, items: readonly LetterItem[], columns: readonly Column[]): string {
  const { phrases, sentOn } = context;
  const hasPurchaseOrders = items.some((item) => oneLine(item.purchaseOrder ?? '') !== '');
  const shown = columns.filter((column) => column !== 'purchaseOrder' || hasPurchaseOrders);
  const rows = items.map(cellsOf);
  const widths = shown.map((column) =>
    Math.max(lengthOf(phrases.columns[column]), ...rows.map((row) => lengthOf(row[column]))),
  );
  const line = (cells: Readonly<Record<Column, string>>): string =>
    shown
      .map((column, index) => alignCell(column, cells[column], widths[index] ?? 0))
      .join('  ')
      .trimEnd();
  const rule = widths.map((width) => '-'.repeat(width)).join('  ');
  const totals = totalsPerCurrency(items).map((amount) => `${phrases.total}: ${amount}`);
  return [phrases.asOf(sentOn), '', line(phrases.columns), rule, ...rows.map(line), rule, ...totals].join('\n');
}

function cellsOf(item: LetterItem): Record<Column, string> {
  return {
    number: oneLine(item.number),
    purchaseOrder: oneLine(item.purchaseOrder ?? ''),
    invoicedOn: item.invoicedOn,
    dueOn: item.dueOn,
    open: amountText(item.openMinor, item.currency),
    days: String(item.daysOverdue),
  };
}

function totalsPerCurrency(items: readonly LetterItem[]): string[] {
  const totals = new Map<string, bigint>();
  for (const item of items) totals.set(item.currency, (totals.get(item.currency) ?? 0n) + BigInt(item.openMinor));
  return [...totals].map(([currency, minor]) => amountText(minor, currency));
}

/** The words follow what the items are: nothing overdue reads as a notice, something overdue never does. */
function wordingOf(level: LetterLevel, hasOverdue: boolean): LetterLevel {
  if (!hasOverdue) return 'notice';
  return level === 'notice' ? 'reminder1' : level;
}

function byDueDate(a: LetterItem, b: LetterItem): number {
  if (a.dueOn !== b.dueOn) return a.dueOn < b.dueOn ? -1 : 1;
  return a.number === b.number ? 0 : a.number < b.number ? -1 : 1;
}

function amountText(minor: number | bigint, currency: string): string {
  return `${formatDecimal(minor, currency)} ${currency}`;
}

function alignCell(column: Column, cell: string, width: number): string {
  return COLUMNS_TO_THE_RIGHT.has(column) ? ' '.repeat(width - lengthOf(cell)) + cell : padEnd(cell, width);
}

function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - lengthOf(text)));
}

/** Code points, because a letter outside the basic plane still fills one column. */
function lengthOf(text: string): number {
  return Array.from(text).length;
}

function capitalise(sentence: string): string {
  return sentence.slice(0, 1).toUpperCase() + sentence.slice(1);
}

function emailOf(sender: LetterSender): string | null {
  const email = oneLine(sender.email ?? '');
  return email === '' ? null : email;
}

/** Makes one line of text from outside: control characters and line breaks, which could forge headers or rows, become spaces. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim();
}
