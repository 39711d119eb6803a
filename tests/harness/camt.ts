// Writes a small camt.053 as a bank would: what a test says of its entries, everything else ordinary.

/** One transaction; amounts in minor units of a currency with two decimals. */
export interface CamtTransaction {
  readonly amountMinor: number;
  readonly text?: string;
  readonly structured?: string;
  readonly name?: string;
  readonly iban?: string;
  readonly endToEndId?: string;
  /** What the payer had sent, in another currency. */
  readonly instructed?: { readonly currency: string; readonly amountMinor: number; readonly rate: string };
  readonly chargesMinor?: number;
  readonly returnReason?: string;
}

/** An entry: one transaction, or several of a batch. Signed by `isDebit`. */
export interface CamtEntry {
  readonly reference: string;
  readonly transactions: readonly CamtTransaction[];
  readonly isDebit?: boolean;
  readonly isReversal?: boolean;
  readonly status?: 'BOOK' | 'PDNG';
}

export interface CamtStatement {
  readonly id: string;
  readonly iban: string;
  readonly on: string;
  readonly openingMinor: number;
  readonly entries: readonly CamtEntry[];
  readonly currency?: string;
  /** Added to the closing balance: a file whose totals do not hold. */
  readonly wrongBy?: number;
}

const decimal = (minor: number): string =>
  `${String(Math.trunc(minor / 100))}.${String(Math.abs(minor % 100)).padStart(2, '0')}`;
const escape = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
const amountOf = (entry: CamtEntry): number => entry.transactions.reduce((sum, one) => sum + one.amountMinor, 0);

/** @returns the file as text, camt.053.001.08 */
export function camt053(...statements: readonly CamtStatement[]): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>
<GrpHdr><MsgId>MSG-${statements[0]?.id ?? ''}</MsgId><CreDtTm>2026-01-31T06:00:00Z</CreDtTm></GrpHdr>
${statements.map(statementXml).join('\n')}
</BkToCstmrStmt></Document>
`;
}

function statementXml(statement: CamtStatement): string {
  const { id, iban, on, openingMinor, entries, currency = 'EUR', wrongBy = 0 } = statement;
  const booked = entries.filter((entry) => entry.status !== 'PDNG');
  const closing =
    booked.reduce((sum, entry) => sum + (entry.isDebit === true ? -1 : 1) * amountOf(entry), openingMinor) + wrongBy;
  return `<Stmt><Id>${id}</Id><ElctrncSeqNb>1</ElctrncSeqNb><CreDtTm>${on}T06:00:00Z</CreDtTm>
<Acct><Id><IBAN>${iban}</IBAN></Id><Ccy>${currency}</Ccy></Acct>
${balance('OPBD', openingMinor, currency, on)}${balance('CLBD', closing, currency, on)}
${entries.map((entry) => entryXml(entry, currency, on)).join('\n')}
</Stmt>`;
}

function balance(code: string, minor: number, currency: string, on: string): string {
  return `<Bal><Tp><CdOrPrtry><Cd>${code}</Cd></CdOrPrtry></Tp><Amt Ccy="${currency}">${decimal(Math.abs(minor))}</Amt><CdtDbtInd>${minor < 0 ? 'DBIT' : 'CRDT'}</CdtDbtInd><Dt><Dt>${on}</Dt></Dt></Bal>`;
}

function entryXml(entry: CamtEntry, currency: string, on: string): string {
  const sign = entry.isDebit === true ? 'DBIT' : 'CRDT';
  const { transactions } = entry;
  return `<Ntry><Amt Ccy="${currency}">${decimal(amountOf(entry))}</Amt><CdtDbtInd>${sign}</CdtDbtInd>${entry.isReversal === true ? '<RvslInd>true</RvslInd>' : ''}<Sts><Cd>${entry.status ?? 'BOOK'}</Cd></Sts>
<BookgDt><Dt>${on}</Dt></BookgDt><ValDt><Dt>${on}</Dt></ValDt><AcctSvcrRef>${entry.reference}</AcctSvcrRef>
<NtryDtls>${transactions.length > 1 ? `<Btch><NbOfTxs>${String(transactions.length)}</NbOfTxs></Btch>` : ''}${transactions
    .map((one, index) =>
      transactionXml(one, { entry, currency, sign, reference: `${entry.reference}-${String(index + 1)}` }),
    )
    .join('')}</NtryDtls></Ntry>`;
}

function transactionXml(
  one: CamtTransaction,
  { entry, currency, sign, reference }: { entry: CamtEntry; currency: string; sign: string; reference: string },
): string {
  const party = entry.isDebit === true ? 'Cdtr' : 'Dbtr';
  const name = one.name === undefined ? '' : `<${party}><Pty><Nm>${escape(one.name)}</Nm></Pty></${party}>`;
  const account = one.iban === undefined ? '' : `<${party}Acct><Id><IBAN>${one.iban}</IBAN></Id></${party}Acct>`;
  const { instructed } = one;
  const foreign =
    instructed === undefined
      ? ''
      : `<AmtDtls><InstdAmt><Amt Ccy="${instructed.currency}">${decimal(instructed.amountMinor)}</Amt></InstdAmt><TxAmt><Amt Ccy="${currency}">${decimal(one.amountMinor)}</Amt><CcyXchg><SrcCcy>${instructed.currency}</SrcCcy><TrgtCcy>${currency}</TrgtCcy><XchgRate>${instructed.rate}</XchgRate></CcyXchg></TxAmt></AmtDtls>`;
  const charges =
    one.chargesMinor === undefined
      ? ''
      : `<Chrgs><TtlChrgsAndTaxAmt Ccy="${currency}">${decimal(one.chargesMinor)}</TtlChrgsAndTaxAmt><Rcrd><Amt Ccy="${currency}">${decimal(one.chargesMinor)}</Amt><CdtDbtInd>DBIT</CdtDbtInd><ChrgInclInd>true</ChrgInclInd></Rcrd></Chrgs>`;
  const structured =
    one.structured === undefined
      ? ''
      : `<Strd><CdtrRefInf><Tp><CdOrPrtry><Cd>SCOR</Cd></CdOrPrtry></Tp><Ref>${one.structured}</Ref></CdtrRefInf></Strd>`;
  const remittance = `<RmtInf>${one.text === undefined ? '' : `<Ustrd>${escape(one.text)}</Ustrd>`}${structured}</RmtInf>`;
  const returned = one.returnReason === undefined ? '' : `<RtrInf><Rsn><Cd>${one.returnReason}</Cd></Rsn></RtrInf>`;
  return `<TxDtls><Refs><AcctSvcrRef>${reference}</AcctSvcrRef><EndToEndId>${one.endToEndId ?? 'NOTPROVIDED'}</EndToEndId></Refs><Amt Ccy="${currency}">${decimal(one.amountMinor)}</Amt><CdtDbtInd>${sign}</CdtDbtInd>${foreign}${charges}<RltdPties>${name}${account}</RltdPties>${remittance}${returned}</TxDtls>`;
}
