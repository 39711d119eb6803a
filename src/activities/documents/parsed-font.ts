// A font parsed once per process and laid out glyph by glyph, because pdfkit would parse and shape it anew for each invoice.

import { readFileSync } from 'node:fs';
import * as fontkit from 'fontkit';

/** Where a glyph stands; pdfkit scales the fields in place, so each run has its own. */
interface Position {
  xAdvance: number;
  yAdvance: number;
  xOffset: number;
  yOffset: number;
}

interface Glyph {
  readonly id: number;
  readonly advanceWidth: number;
  readonly codePoints: readonly number[];
}

class GlyphRun {
  readonly glyphs: readonly Glyph[];
  readonly positions: readonly Position[];

  constructor(glyphs: readonly Glyph[]) {
    this.glyphs = glyphs;
    this.positions = glyphs.map((glyph) => ({ xAdvance: glyph.advanceWidth, yAdvance: 0, xOffset: 0, yOffset: 0 }));
  }

  /** Read by pdfkit after it has scaled the positions. */
  get advanceWidth(): number {
    return this.positions.reduce((width, position) => width + position.xAdvance, 0);
  }
}

/**
 * Reads a TrueType file into a font that pdfkit embeds as it is. Characters map one to one to glyphs, without ligatures and
 * kerning: text stays extractable, and the bytes of a document depend on nothing that was rendered before it.
 * The type says Buffer because pdfkit's types do not know that it takes parsed fonts (anything with a `layout` method).
 */
export function parseFont(path: string): Buffer {
  const font = fontkit.create(readFileSync(path));
  if (!('glyphForCodePoint' in font)) throw new Error(`defect: ${path} is a collection, not one font`);
  const glyphs = new Map<number, Glyph>();
  const glyphOf = (codePoint: number): Glyph => {
    const known = glyphs.get(codePoint);
    if (known !== undefined) return known;
    const { id, advanceWidth } = font.glyphForCodePoint(codePoint);
    const glyph = { id, advanceWidth, codePoints: [codePoint] };
    // What the font lacks is not kept, so that the map never outgrows the font.
    if (id !== 0) glyphs.set(codePoint, glyph);
    return glyph;
  };
  const layout = (text: string): GlyphRun =>
    new GlyphRun(Array.from(text.normalize('NFC'), (character) => glyphOf(character.codePointAt(0) ?? 0)));
  return Object.create(font, { layout: { value: layout } }) as Buffer;
}
