// The names under which exports in several languages carry the fields of a receivables file, best names first.

/** What a column can mean. */
export type ColumnField =
  'invoice' | 'customer' | 'date' | 'due' | 'terms' | 'amount' | 'settled' | 'disputed' | 'country' | 'currency';

export const COLUMN_FIELDS: readonly ColumnField[] = [
  'invoice',
  'customer',
  'date',
  'due',
  'terms',
  'amount',
  'settled',
  'disputed',
  'country',
  'currency',
];

interface FieldNames {
  /** Phrases by tier; a better tier wins. `=` in front: the phrase must be the whole name. Normalised by `normaliseName`. */
  readonly tiers: readonly (readonly string[])[];
  /** Beside a phrase, one of these words makes the name mean something else. */
  readonly vetoes: readonly string[];
}

const DAY_COUNT_WORDS = phrases(
  'days, day, tage, tag, jours, jour, dias, dia, giorni, giorno, dagen, dag, overdue, late, retard, verzug, terms, term, count, anzahl',
);
const PLANNED_WORDS = phrases(
  'promise, promised, planned, expected, forecast, predicted, scheduled, last, erwartet, geplant, prevue, prevu, prevista, previsto, verwacht, amount, betrag',
);

function phrases(text: string): readonly string[] {
  return text.split(',').map((phrase) => phrase.trim());
}

/** Every way to write "number of the thing" that the languages at hand use, before or behind the thing. */
function numbersOf(things: string): string[] {
  const behind = ['number', 'no', 'nr', 'num', 'nbr', 'nummer', 'numero', 'n'];
  const before = ['numero', 'numero de', 'numero della', 'no', 'no de', 'num', 'n', 'n de', 'nr'];
  return phrases(things).flatMap((thing) => [
    ...behind.map((word) => `${thing} ${word}`),
    ...before.map((word) => `${word} ${thing}`),
  ]);
}

export const COLUMN_NAMES: Readonly<Record<ColumnField, FieldNames>> = {
  invoice: {
    tiers: [
      [
        ...numbersOf(
          'invoice, inv, rechnungs, rechnung, rech, rg, re, faktura, fakturen, factuur, facture, factura, fattura',
        ),
        ...phrases('invoice ref, invoice reference, invoice code'),
      ],
      phrases(
        'invoice id, inv id, rechnungs id, id facture, id factura, id fattura, factuur id, facture id, factura id',
      ),
      [
        ...numbersOf('document, doc, beleg, dokument, dokumenten, documento, piece, voucher, billing, bill, boekstuk'),
        ...phrases('document id, doc id, billing document, billing doc, bill id, transaction number, transaction id'),
      ],
      phrases(
        '=number, =nummer, =num, =numero, =no, =invoice, =inv, =rechnung, =facture, =factura, =fattura, =factuur, =faktura, =beleg, =document, =documento, =bill, =voucher, =reference, =referenz, =referencia, =riferimento',
      ),
    ],
    vetoes: phrases('date, datum, fecha, data, amount, betrag, lines, line, type, order, clearing, customer, credit'),
  },
  customer: {
    tiers: [
      [
        ...numbersOf(
          'customer, cust, client, debtor, kunden, kunde, debitoren, debitor, klant, klanten, debiteur, debiteuren, cliente, clients',
        ),
        ...phrases(
          'customer id, cust id, client id, debtor id, kunden id, klant id, cliente id, id client, id cliente, id customer',
        ),
        ...phrases(
          'customer code, cust code, customer key, client code, code client, codigo cliente, codigo de cliente, cod cliente',
        ),
        ...phrases(
          'codice cliente, codigo del cliente, kundencode, klantcode, debtor code, customer account, buyer id, payer id',
        ),
      ],
      phrases(
        '=customer, =client, =kunde, =debitor, =klant, =cliente, =debiteur, =debtor, =cust, =buyer, =payer, =sold to, sold to party, bill to party, =sold to pt, =ship to party, =bill to pt, business partner, =partner, =bill to, =regulierer, =auftraggeber, =account, account number, account no, account id, =konto, payer number',
      ),
      phrases(
        'customer name, name customer, contact name, =contact, partner name, partner display name, invoice partner display name, cust name, client name, kundenname, kunde name, name kunde, debitorname, debitor name, nom client, nom du client, nombre cliente, nombre del cliente, nome cliente, klantnaam, naam klant, debtor name, company name, account name, buyer name, raison sociale, razon social, ragione sociale, =company, =firma, =societe, =name, =nom, =nombre, =naam, =nome',
      ),
    ],
    vetoes: phrases(
      'date, datum, fecha, data, group, type, class, segment, country, land, email, city, invoice, order, currency, terms, since',
    ),
  },
  date: {
    tiers: [
      phrases(
        'invoice date, invoice bill date, inv date, billed on, billed date, date billed, net invoice date, invoiced on, invoiced date, date invoice, date invoiced, date of invoice, invoice dt, billing date, bill date, rechnungsdatum, rechnung datum, datum rechnung, datum der rechnung, rg datum, fakturadatum, fakturierungsdatum, date facture, date de facture, date de la facture, date facturation, date de facturation, fecha factura, fecha de factura, fecha de la factura, fecha facturacion, fecha de facturacion, data fattura, data della fattura, data di fatturazione, data fatturazione, factuurdatum, datum factuur',
      ),
      phrases(
        'issue date, issued on, issued date, date issued, date of issue, ausstellungsdatum, ausgestellt am, document date, doc date, belegdatum, dokumentdatum, documentdatum, date document, date du document, date piece, date de piece, date de la piece, date emission, date d emission, fecha emision, fecha de emision, fecha documento, fecha de documento, fecha del documento, data emissione, data di emissione, data documento, data del documento, uitgiftedatum',
      ),
      phrases(
        'posting date, posted on, buchungsdatum, date comptable, date comptabilisation, fecha contable, fecha contabilizacion, data registrazione, data di registrazione, boekdatum, boekingsdatum, transaction date',
      ),
      phrases('=date, =datum, =fecha, =data'),
    ],
    vetoes: [...DAY_COUNT_WORDS, ...phrases('due, paid, settled, clearing, changed, entry')],
  },
  due: {
    tiers: [
      phrases(
        'due date, date due, due on, due in date, due by, net due date, net due, =due dt, payment due date, =payment due, =due, pay by, payable by, maturity date, =maturity, faelligkeit, falligkeit, faelligkeitsdatum, falligkeitsdatum, faellig am, fallig am, =faellig, =fallig, nettofaelligkeit, nettofalligkeit, nettofaelligkeitsdatum, nettofalligkeitsdatum, zahlbar bis, echeance, date echeance, date d echeance, fecha vencimiento, fecha de vencimiento, vencimiento, fecha vto, =vto, =vence, vence el, data scadenza, data di scadenza, scadenza, vervaldatum, vervaldag, uiterste betaaldatum, te betalen voor',
      ),
    ],
    vetoes: [...DAY_COUNT_WORDS, ...phrases('changed, discount, skonto, amount, betrag')],
  },
  terms: {
    tiers: [
      phrases(
        'payment terms days, terms days, term days, terms in days, net days, days net, payment days, credit days, days credit, credit period, credit term, zahlungsziel, zahlungsziel tage, zahlungsziel in tagen, zahlungsfrist, delai paiement, delai de paiement, delai reglement, delai de reglement, plazo pago, plazo de pago, dias plazo, dias credito, dias de credito, termini pagamento, termini di pagamento, giorni pagamento, giorni di pagamento, =dilazione, betaaltermijn, betalingstermijn',
      ),
      phrases(
        'payment terms, payment term, =terms, =term, terms of payment, zahlungsbedingungen, zahlungsbedingung, conditions paiement, conditions de paiement, condition de paiement, condiciones de pago, condizioni di pagamento, betalingsconditie, betaalconditie',
      ),
    ],
    vetoes: phrases('late, overdue, settle, past, retard, verzug, discount, skonto'),
  },
  amount: {
    tiers: [
      phrases(
        'invoice amount, bill amount, billed amount, billing amount, inv amount, amount invoice, invoiced amount, amount invoiced, invoice amt, invoice total, total invoice, invoice value, gross amount, amount gross, total amount, amount total, total gross, gross total, amount incl tax, amount incl vat, total incl tax, total incl vat, amount including tax, amount including vat, original amount, document amount, rechnungsbetrag, rechnungssumme, rechnungsbetrag brutto, bruttobetrag, betrag brutto, gesamtbetrag, montant ttc, total ttc, montant facture, montant de la facture, montant de facture, montant total, importe factura, importe de factura, importe de la factura, importe total, total factura, importe bruto, importo fattura, importo della fattura, importo totale, totale fattura, totale documento, importo documento, importo lordo, factuurbedrag, totaalbedrag, brutobedrag, bedrag incl btw, bedrag inclusief btw, total bedrag',
      ),
      phrases(
        '=amount, =amt, =betrag, =montant, =importe, =importo, =bedrag, =total, =totale, =totaal, =value, =wert, =brutto, =gross, =summe, =monto, =gesamt, amount in document currency, amount in doc curr, amount in doc currency, amount document currency, amount in document curr, amount in loc cur, amount in loc currency, amount in local cur, amount in local currency, amount local currency, amount in lc, amount in dc, betrag in hauswahrung, betrag in hauswaehrung, betrag in belegwahrung, betrag in belegwaehrung, betrag hauswahrung, betrag belegwahrung',
      ),
      phrases(
        'open amount, amount open, outstanding amount, amount outstanding, amount due, net amount, amount net, offener betrag, nettobetrag, montant ht, importe neto, importo netto, nettobedrag, restbetrag',
      ),
    ],
    vetoes: phrases(
      'paid, settled, discount, skonto, bezahlt, paye, pagado, pagato, betaald, code, date, limit, due, open, outstanding, remaining, rest, balance, excl, excluding, exkl, net, netto, neto, hors, ht, without',
    ),
  },
  settled: {
    tiers: [
      phrases(
        'settled date, settlement date, settled on, settled at, date settled, date of settlement, clearing date, cleared date, clear date, cleared on, date cleared, date of clearing, payment date, paid date, date paid, date of payment, paid on, paid at, payment received, payment received date, payment received on, receipt date, date received, received on, receipt on, collection date, collected on, zahlung am, zahlung vom, zahlungstag, paid in full on, fully paid on, last payment date, payment received at, date payment received, payment made on, closed date, closing date, close date, date closed, closed on, ausgleichsdatum, ausgleich datum, datum ausgleich, ausgeglichen am, zahlungsdatum, zahldatum, bezahlt am, gezahlt am, zahlungseingang, zahlungseingangsdatum, datum zahlungseingang, datum zahlung, datum der zahlung, date paiement, date de paiement, date du paiement, date reglement, date de reglement, date du reglement, paye le, payee le, regle le, reglee le, date encaissement, date d encaissement, date lettrage, date de lettrage, fecha pago, fecha de pago, fecha del pago, fecha cobro, fecha de cobro, pagado el, pagada el, cobrado el, cobrada el, fecha compensacion, fecha de compensacion, fecha liquidacion, fecha de liquidacion, data pagamento, data di pagamento, data del pagamento, pagato il, pagata il, data incasso, data di incasso, data saldo, data compensazione, data di compensazione, betaaldatum, betaald op, datum betaling, betalingsdatum, ontvangen op, vereffeningsdatum, datum vereffening',
      ),
      phrases(
        '=paid, =settled, =cleared, =closed, =payment, =clearing, =settlement, =bezahlt, =ausgleich, =ausgeglichen, =paye, =regle, =paiement, =reglement, =pagado, =pago, =cobro, =pagato, =pagamento, =incasso, =betaald, =betaling, =voldaan',
      ),
    ],
    vetoes: [...DAY_COUNT_WORDS, ...PLANNED_WORDS, 'due'],
  },
  disputed: {
    tiers: [
      phrases(
        '=disputed, =dispute, in dispute, is disputed, dispute flag, disputed flag, has dispute, under dispute, dispute yn, =strittig, =bestritten, =reklamiert, =reklamation, =beanstandet, =klaerfall, =klarfall, =streitig, =litige, en litige, =conteste, =contestee, =contestation, =disputa, en disputa, =disputada, =disputado, =reclamada, =reclamado, =reclamacion, =litigio, en litigio, in contestazione, =contestata, =contestato, =contestazione, =betwist, =geschil, in geschil, =betwisting, =contested, is contested',
      ),
    ],
    vetoes: phrases('date, datum, fecha, data, reason, grund, motif, motivo, reden, amount, betrag, id, number'),
  },
  country: {
    tiers: [
      phrases(
        '=country, country code, country key, country iso, iso country, customer country, =land, landercode, laendercode, landerkennzeichen, laenderkennzeichen, landerschlussel, laenderschluessel, landeskennzeichen, landkennzeichen, landcode, land code, landesschluessel, =pays, code pays, pays client, =pais, codigo pais, codigo de pais, codigo del pais, =paese, codice paese, =nazione, =nation',
      ),
      phrases('country name, nom pays, nombre pais, land name, landname, nome paese'),
    ],
    vetoes: phrases('ship, shipping, origin, tax, bank'),
  },
  currency: {
    tiers: [
      phrases(
        '=currency, currency code, =curr, =crcy, =ccy, =cur, invoice currency, document currency, doc currency, doc curr, document curr, =wahrung, =waehrung, wahrungscode, waehrungscode, wahrungsschlussel, waehrungsschluessel, belegwahrung, belegwaehrung, =wkz, =devise, code devise, =monnaie, =moneda, =divisa, codigo moneda, =valuta, valutacode, codice valuta, =muntsoort, =munt, iso currency, transaction currency',
      ),
      phrases('local currency, hauswahrung, hauswaehrung, company currency, moneda local'),
    ],
    vetoes: phrases('amount, betrag, montant, importe, importo, bedrag, date, rate, kurs'),
  },
};
