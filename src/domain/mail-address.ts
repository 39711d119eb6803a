// What counts as an e-mail address that we would write to.

/** RFC 5321: 64 octets before the @, 254 in all. */
const LOCAL_PART_MAX = 64;
const ADDRESS_MAX = 254;

const LOCAL_PART = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/;
const DOMAIN = /^(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/;

/**
 * @returns whether the text is exactly one address, such as `ap@customer.example`: ASCII (international domains in their
 * `xn--` form), no quotes, no display name, no list, no line break, a domain with at least one dot.
 */
export function isMailAddress(text: string): boolean {
  if (text.length > ADDRESS_MAX) return false;
  const at = text.lastIndexOf('@');
  if (at < 1 || at > LOCAL_PART_MAX) return false;
  return LOCAL_PART.test(text.slice(0, at)) && DOMAIN.test(text.slice(at + 1));
}
