// What single cells of an export mean: blank, yes or no, plain words.

/** Letters without their accents; `ß` becomes `ss`, `№`-like signs their plain form. */
export function stripAccents(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .replaceAll('ß', 'ss')
    .replaceAll('œ', 'oe')
    .replaceAll('æ', 'ae')
    .replaceAll('ø', 'o')
    .replaceAll('ł', 'l');
}

const BLANK_WORDS = new Set(
  'n/a,na,#n/a,null,(null),none,nan,nat,nil,open,offen,unpaid,not paid,ouvert,abierto,pendiente,aperto,openstaand'.split(
    ',',
  ),
);

/** Whether a cell says nothing: empty, dashes, "n/a", a date of zeros such as `00.00.0000`, or the far end `9999-12-31`. */
export function isBlankCell(cell: string): boolean {
  const text = cell.trim();
  if (text === '' || /^[-–—_.?]+$/.test(text) || BLANK_WORDS.has(text.toLowerCase())) return true;
  return /^0+(?<mark>[-./])0+\k<mark>0+(?:[ T]0?0:00(?::00)?)?$/.test(text) || /^0{6,8}$/.test(text) || isFarEnd(text);
}

function isFarEnd(text: string): boolean {
  return /^(9999([-/.]?)12\2?31|31([-/.])12\3?9999|12([-/.])31\4?9999)(?:[ T]\d{2}:\d{2}.*)?$/.test(text);
}

const YES_WORDS = new Set('yes,y,true,t,1,x,ja,j,oui,o,si,s,vrai,wahr,verdadero,vero,waar,✓,✔,☑,on'.split(','));
const NO_WORDS = new Set('no,n,false,f,0,nein,non,nee,faux,falsch,falso,onwaar,off,☐'.split(','));

/** Reads a yes or a no in several languages; a blank is a no. @returns null when the cell says neither. */
export function readYesNo(cell: string): boolean | null {
  const word = stripAccents(cell).trim().toLowerCase();
  if (YES_WORDS.has(word)) return true;
  if (NO_WORDS.has(word) || isBlankCell(cell)) return false;
  return null;
}
