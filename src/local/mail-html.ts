// The looks of the mail catcher's pages.

import type { CaughtMessage } from './mail-store.ts';

export const mailStyle = `
:root { color-scheme: light dark; --ink: #1c2024; --soft: #62686f; --line: #e3e5e8; --paper: #fbfbfa; --card: #fff; --link: #1f5fa8; }
@media (prefers-color-scheme: dark) { :root { --ink: #e7e9ea; --soft: #9aa1a8; --line: #2c3136; --paper: #15181a; --card: #1c2023; --link: #8ab8ee; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 68rem; padding: 2rem 1.25rem 4rem; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
header { display: flex; align-items: baseline; gap: 1rem; margin-bottom: 1.5rem; }
h1 { font-size: 1.25rem; font-weight: 600; margin: 0; }
h2 { font-size: .8rem; font-weight: 600; color: var(--soft); margin: 2rem 0 .5rem; }
p { margin: .5rem 0; } .soft, time { color: var(--soft); }
a { color: var(--link); text-decoration: none; } a:hover { text-decoration: underline; } a:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
table { width: 100%; border-collapse: collapse; background: var(--card); border: 1px solid var(--line); border-radius: 6px; overflow: hidden; }
th { text-align: left; font-size: .8rem; font-weight: 500; color: var(--soft); }
td, th { padding: .5rem .75rem; border-top: 1px solid var(--line); vertical-align: top; overflow-wrap: anywhere; }
thead th { border-top: 0; } time { white-space: nowrap; font-variant-numeric: tabular-nums; }
tbody tr:first-child > * { border-top-color: var(--line); } table.facts tr:first-child > * { border-top: 0; } table.facts th { width: 9rem; white-space: nowrap; }
pre { background: var(--card); border: 1px solid var(--line); border-radius: 6px; padding: 1rem 1.25rem; white-space: pre-wrap; overflow-wrap: anywhere; font: 14px/1.6 ui-monospace, monospace; margin: 0; }
ul { list-style: none; margin: 0; padding: 0; } details summary { cursor: pointer; color: var(--soft); font-size: .8rem; font-weight: 600; margin: 2rem 0 .5rem; }
`;

interface ListShown {
  /** Newest first. */
  readonly shown: readonly CaughtMessage[];
  readonly total: number;
  readonly from: number;
  /** Where the next older page starts, when there is one. */
  readonly older: number | undefined;
}

export function renderList({ shown, total, from, older }: ListShown): string {
  const rows = shown.map(
    (message) =>
      `<tr><td>${when(message)}</td><td>${escape(message.envelopeTo.join(', '))}</td>` +
      `<td><a href="/mail/${message.id}">${escape(message.subject || '(no subject)')}</a>${paperclip(message)}</td></tr>`,
  );
  const list = `<table><thead><tr><th scope="col">Received</th><th scope="col">To</th><th scope="col">Subject</th></tr></thead><tbody>${rows.join('')}</tbody></table>`;
  const empty = '<p class="soft">No mail yet. Whatever the product sends appears here and goes nowhere else.</p>';
  const newerLink = from > 0 ? '<a href="/">Newest</a> ' : '';
  const olderLink = older === undefined ? '' : `<a href="/?from=${older}">Older</a>`;
  return page(
    'Mail',
    `<header><h1>Mail</h1><span class="soft">${total} kept, none delivered</span></header>${shown.length === 0 ? empty : list}<p>${newerLink}${olderLink}</p>`,
  );
}

export function renderMessage(message: CaughtMessage): string {
  const subject = message.subject || '(no subject)';
  const facts = [
    ['Received', when(message)],
    ['From', escape(message.from || message.envelopeFrom)],
    ['To', escape(message.to.join(', '))],
    ['Delivered to', escape(message.envelopeTo.join(', '))],
  ].map(([name, value]) => `<tr><th scope="row">${name}</th><td>${value}</td></tr>`);
  const headers = message.headers.map(
    ({ name, value }) => `<tr><th scope="row">${escape(name)}</th><td>${escape(value)}</td></tr>`,
  );
  return page(
    subject,
    `<p><a href="/">All mail</a></p><header><h1>${escape(subject)}</h1></header>` +
      `<table class="facts"><tbody>${facts.join('')}</tbody></table>${attachments(message)}` +
      `<h2>Text</h2><pre>${escape(message.text || plainOf(message.html) || '(no text)')}</pre>` +
      `<details><summary>All headers</summary><table class="facts"><tbody>${headers.join('')}</tbody></table></details>` +
      `<p><a href="/mail/${message.id}/raw">The message as it came (.eml)</a>, <a href="/messages/${message.id}">as JSON</a></p>`,
  );
}

export function renderNotFound(): string {
  return page('Not here', '<header><h1>There is no such message</h1></header><p><a href="/">All mail</a></p>');
}

function attachments(message: CaughtMessage): string {
  if (message.attachments.length === 0) return '';
  const items = message.attachments.map(
    (one, index) =>
      `<li><a href="/mail/${message.id}/attachments/${index}">${escape(one.fileName)}</a> ` +
      `<span class="soft">${escape(one.mediaType)}, ${one.sizeBytes} bytes</span></li>`,
  );
  return `<h2>Attachments</h2><ul>${items.join('')}</ul>`;
}

function paperclip(message: CaughtMessage): string {
  const count = message.attachments.length;
  return count === 0 ? '' : ` <span class="soft">with ${count} attachment${count === 1 ? '' : 's'}</span>`;
}

function when(message: CaughtMessage): string {
  const iso = new Date(message.receivedAt).toISOString();
  return `<time datetime="${iso}">${iso.slice(0, 19).replace('T', ' ')} UTC</time>`;
}

/** Enough to read a message that has no text part; the markup itself is never shown as markup. */
function plainOf(html: string): string {
  return html
    .replace(/<(style|script)\b[\s\S]*?<\/\1>/gi, '')
    .replace(/<(br|\/p|\/tr|\/h\d|\/div)\b[^>]*>/gi, '\n')
    .replace(/<[^>]*>/g, '')
    .trim();
}

function page(title: string, body: string): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${escape(title)}</title><link rel="stylesheet" href="/style.css"></head><body>${body}</body></html>`;
}

function escape(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}
