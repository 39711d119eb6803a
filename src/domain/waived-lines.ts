// What an order comes to when a part that shipped is never invoiced: the part leaves the total, the rest is priced as it was.

import type { ChangeableLine, ChangedLine } from './order-change.ts';
import { formatMillionths, lineNetMinor, minorUnits, parseMillionths, taxMinor } from './money.ts';

/**
 * Lines after parts of them were waived: what invoices charged, and what has not shipped at the line's price. No shipment of
 * the order may wait for its invoice. Lines that stay worth what they are are left out.
 */
export function withoutWaived(lines: readonly ChangeableLine[], currency: string): ChangedLine[] {
  return lines.flatMap((line) => {
    const shipped = millionths(line.shippedQuantity);
    const quantity = millionths(line.quantity);
    const rest = quantity > shipped ? quantity - shipped : 0n;
    const restNetMinor = lineNetMinor({ quantity: rest, unitPrice: millionths(line.unitPrice), currency });
    const netMinor = minorUnits(line.billedNetMinor + restNetMinor);
    const tax = minorUnits(line.billedTaxMinor + taxMinor(restNetMinor, line.taxRateBp));
    if (netMinor === line.netMinor && tax === line.taxMinor) return [];
    return {
      lineNo: line.lineNo,
      quantity: line.quantity,
      unitPrice: line.unitPrice,
      ...{ netMinor, taxMinor: tax },
      ...{
        baseQuantity: formatMillionths(shipped),
        baseNetMinor: line.billedNetMinor,
        baseTaxMinor: line.billedTaxMinor,
      },
    };
  });
}

function millionths(decimal: string): bigint {
  const value = parseMillionths(decimal);
  if (value === null) throw new Error(`defect: "${decimal}" is not a quantity or price`);
  return value;
}
