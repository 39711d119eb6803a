// Writes camt.053 and camt.054 as banks do in their versions, for tests that know what a reader must find.

export interface WrittenTransaction {
  /** Minor units of EUR without sign, null when the bank does not tell it. */
  amountMinor: number | null;
  reference: string | null;
  endToEndId: string;
  name: string | null;
  ultimateName: string | null;
  iban: string | null;
  texts: string[];
  creditorReference: string | null;
  document: { number: string; paidMinor: number; discountMinor: number } | null;
  chargesMinor: number;
  usd: { minor: number; rate: string } | null;
  returnReason: string | null;
}

export interface WrittenEntry {
  amountMinor: number;
  isCredit: boolean;
  isReversal: boolean;
  status: 'BOOK' | 'PDNG' | 'INFO';
  bookedOn: string;
  valueOn: string;
  reference: string | null;
  information: string | null;
  transactions: WrittenTransaction[];
}

export interface WrittenReport {
  message: '053' | '054';
  version: number;
  iban: string;
  openingMinor: number;
  entries: WrittenEntry[];
}

const euros = (minor: number): string => `${Math.trunc(minor / 100)}.${String(minor % 100).padStart(2, '0')}`;
const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
const tag = (name: string, content: string | null): string =>
  content === null || content === '' ? '' : `<${name}>${content}</${name}>`;
const leaf = (name: string, text: string | null): string => tag(name, text === null ? null : escaped(text));
const amountTag = (name: string, minor: number, currency = 'EUR'): string =>
  `<${name} Ccy="${currency}">${euros(minor)}</${name}>`;
const sideOf = (isCredit: boolean): string => leaf('CdtDbtInd', isCredit ? 'CRDT' : 'DBIT');

/** The sum of the booked entries, as it moves the account. */
export function bookedMinor(entries: readonly WrittenEntry[]): number {
  const booked = entries.filter((entry) => entry.status === 'BOOK');
  return booked.reduce((sum, entry) => sum + (entry.isCredit ? entry.amountMinor : -entry.amountMinor), 0);
}

export function writeCamt(report: WrittenReport): string {
  const [root, part] = report.message === '053' ? ['BkToCstmrStmt', 'Stmt'] : ['BkToCstmrDbtCdtNtfctn', 'Ntfctn'];
  const version = String(report.version).padStart(2, '0');
  const closing = report.openingMinor + bookedMinor(report.entries);
  const balances = report.message === '053' ? balance('OPBD', report.openingMinor) + balance('CLBD', closing) : '';
  const body = [
    leaf('Id', 'STMT-1'),
    leaf('ElctrncSeqNb', '7'),
    leaf('CreDtTm', '2026-11-20T06:00:00+01:00'),
    tag('Acct', tag('Id', leaf('IBAN', report.iban)) + leaf('Ccy', 'EUR')),
    balances,
    summary(report.entries),
    ...report.entries.map((entry) => writeEntry(entry, report.version)),
  ].join('\n');
  return `<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.${report.message}.001.${version}"><${root}><GrpHdr><MsgId>M</MsgId></GrpHdr>\n<${part}>${body}</${part}></${root}></Document>\n`;
}

function balance(code: string, minor: number): string {
  const type = tag('Tp', tag('CdOrPrtry', leaf('Cd', code)));
  return tag('Bal', type + amountTag('Amt', Math.abs(minor)) + sideOf(minor >= 0) + '<Dt><Dt>2026-11-20</Dt></Dt>');
}

function summary(entries: readonly WrittenEntry[]): string {
  const part = (name: string, some: readonly WrittenEntry[]): string => {
    const sum = some.reduce((total, entry) => total + entry.amountMinor, 0);
    return tag(name, leaf('NbOfNtries', String(some.length)) + leaf('Sum', euros(sum)));
  };
  const credits = entries.filter((entry) => entry.isCredit);
  const debits = entries.filter((entry) => !entry.isCredit);
  return tag('TxsSummry', part('TtlNtries', entries) + part('TtlCdtNtries', credits) + part('TtlDbtNtries', debits));
}

function writeEntry(entry: WrittenEntry, version: number): string {
  const details = entry.transactions.map((each) => writeTransaction(each, entry, version)).join('');
  const isBatch = entry.transactions.length > 1 && entry.transactions.every((each) => each.amountMinor !== null);
  const batch = isBatch
    ? tag('Btch', leaf('NbOfTxs', String(entry.transactions.length)) + amountTag('TtlAmt', entry.amountMinor))
    : '';
  return tag(
    'Ntry',
    [
      amountTag('Amt', entry.amountMinor),
      sideOf(entry.isCredit),
      entry.isReversal ? leaf('RvslInd', 'true') : '',
      version >= 8 ? tag('Sts', leaf('Cd', entry.status)) : leaf('Sts', entry.status),
      tag('BookgDt', leaf('DtTm', `${entry.bookedOn}T12:00:00+01:00`)),
      tag('ValDt', leaf('Dt', entry.valueOn)),
      leaf('AcctSvcrRef', entry.reference),
      '<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd><SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn></BkTxCd>',
      tag('NtryDtls', batch + details),
      leaf('AddtlNtryInf', entry.information),
    ].join(''),
  );
}

function writeTransaction(transaction: WrittenTransaction, entry: WrittenEntry, version: number): string {
  const { amountMinor } = transaction;
  const hasOwn = version >= 3 && amountMinor !== null;
  const references = leaf('AcctSvcrRef', transaction.reference) + leaf('EndToEndId', transaction.endToEndId);
  const returned = tag('RtrInf', tag('Rsn', leaf('Cd', transaction.returnReason)));
  return tag(
    'TxDtls',
    [
      tag('Refs', references),
      hasOwn ? amountTag('Amt', amountMinor) + sideOf(entry.isCredit) : '',
      tag('AmtDtls', amountDetails(transaction, version)),
      charges(transaction.chargesMinor, version),
      parties(transaction, entry, version),
      tag('RmtInf', remittance(transaction, version)),
      returned,
    ].join(''),
  );
}

function amountDetails(transaction: WrittenTransaction, version: number): string {
  const { usd, amountMinor } = transaction;
  const exchange =
    usd === null ? '' : tag('CcyXchg', leaf('SrcCcy', 'USD') + leaf('TrgtCcy', 'EUR') + leaf('XchgRate', usd.rate));
  const instructed = usd === null ? '' : tag('InstdAmt', amountTag('Amt', usd.minor, 'USD') + exchange);
  const own = version < 3 && amountMinor !== null ? tag('TxAmt', amountTag('Amt', amountMinor)) : '';
  return instructed + own;
}

function charges(minor: number, version: number): string {
  if (minor === 0) return '';
  if (version < 4) return tag('Chrgs', amountTag('TtlChrgsAndTaxAmt', minor) + amountTag('Amt', minor));
  const included = amountTag('Amt', minor) + leaf('CdtDbtInd', 'DBIT') + leaf('ChrgInclInd', 'true');
  const apart = amountTag('Amt', 99) + leaf('CdtDbtInd', 'DBIT') + leaf('ChrgInclInd', 'false');
  return tag('Chrgs', amountTag('TtlChrgsAndTaxAmt', minor + 99) + tag('Rcrd', included) + tag('Rcrd', apart));
}

function parties(transaction: WrittenTransaction, entry: WrittenEntry, version: number): string {
  const isBack = entry.isReversal || transaction.returnReason !== null;
  const role = entry.isCredit !== isBack ? 'Dbtr' : 'Cdtr';
  const party = (name: string | null): string | null =>
    name === null ? null : version >= 8 ? tag('Pty', leaf('Nm', name)) : leaf('Nm', name);
  const account = transaction.iban === null ? null : tag('Id', leaf('IBAN', transaction.iban));
  return tag(
    'RltdPties',
    tag(role, party(transaction.name)) +
      tag(`${role}Acct`, account) +
      tag(`Ultmt${role}`, party(transaction.ultimateName)),
  );
}

function remittance(transaction: WrittenTransaction, version: number): string {
  const { document, creditorReference } = transaction;
  const texts = transaction.texts.map((text) => leaf('Ustrd', text)).join('');
  const reference =
    creditorReference === null
      ? ''
      : tag(
          'Strd',
          tag('CdtrRefInf', '<Tp><CdOrPrtry><Cd>SCOR</Cd></CdOrPrtry></Tp>' + leaf('Ref', creditorReference)),
        );
  if (document === null) return texts + reference;
  const discount =
    version < 4
      ? amountTag('DscntApldAmt', document.discountMinor)
      : tag('DscntApldAmt', amountTag('Amt', document.discountMinor));
  const amounts =
    amountTag('DuePyblAmt', document.paidMinor + document.discountMinor) +
    discount +
    amountTag('RmtdAmt', document.paidMinor);
  const information = '<Tp><CdOrPrtry><Cd>CINV</Cd></CdOrPrtry></Tp>' + leaf('Nb', document.number);
  return texts + reference + tag('Strd', tag('RfrdDocInf', information) + tag('RfrdDocAmt', amounts));
}
