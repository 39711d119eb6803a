// The demo company: who it is, what it sells, and to whom. Bodies of the requests that make it.

import { POLICY_V1 } from '../../domain/policy.ts';
import { ROLES } from '../../domain/roles.ts';

export const DEMO_ENTITY = 'ACME-DE';

/** Auditors read and administrators keep master data: tasks are not theirs. */
const WORKING_ROLES = ROLES.filter((role) => role !== 'auditor' && role !== 'administrator');

export const legalEntity = {
  id: DEMO_ENTITY,
  name: 'ACME Gartenbedarf GmbH',
  address: ['Lindenstraße 12', '10969 Berlin'],
  country: 'DE',
  zone: 'Europe/Berlin',
  currency: 'EUR',
  invoicePrefix: 'RE-',
  taxNumber: 'DE123456789',
  email: 'billing@acme.example',
  iban: 'DE02120300000000202051',
  bic: 'BYLADEM1001',
  taxCodes: [
    { code: 'DE19', rate: '19.00', description: 'Umsatzsteuer 19 %' },
    { code: 'DE7', rate: '7.00', description: 'Umsatzsteuer 7 %' },
  ],
  // Always open, every day: whoever tries the demo on a Sunday evening sees its letters too.
  policy: { ...POLICY_V1, sendWindow: { days: 'every', opens: '00:00', closes: '24:00', spreadMinutes: 0 } },
};

/** Who is told of new and escalated tasks: the mail catcher shows it. */
export const mailboxes = WORKING_ROLES.map((role) => ({ role, email: `${role.replaceAll('_', '-')}@acme.example` }));

export const items = [
  { number: 'POT-30', description: 'Terracotta pot, 30 cm', kind: 'goods', unitPrice: '12.50', taxCode: 'DE19' },
  { number: 'OLIVE-150', description: 'Olive tree, 1.5 m', kind: 'goods', unitPrice: '89.00', taxCode: 'DE7' },
  { number: 'PUMP-2', description: 'Irrigation pump, 2 bar', kind: 'goods', unitPrice: '240.00', taxCode: 'DE19' },
  { number: 'PLANTING', description: 'Planting, one hour', kind: 'service', unitPrice: '65.00', taxCode: 'DE19' },
].map((item) => ({ legalEntity: DEMO_ENTITY, ...item }));

interface DemoCustomer {
  readonly number: string;
  readonly name: string;
  readonly address: readonly string[];
  readonly place: readonly [country: string, zone: string, language: string];
  readonly termsDays: number;
  /** `null`: no limit is kept. */
  readonly limit: string | null;
}

const demoCustomers: readonly DemoCustomer[] = [
  {
    number: 'C-100',
    name: 'Blumen Berger GmbH',
    address: ['Marktplatz 4', '80331 München'],
    place: ['DE', 'Europe/Berlin', 'de'],
    termsDays: 30,
    limit: '25000.00',
  },
  {
    number: 'C-101',
    name: 'Alpenhof Hotels AG',
    address: ['Dorfstraße 1', '6020 Innsbruck'],
    place: ['AT', 'Europe/Vienna', 'de'],
    termsDays: 14,
    limit: '10000.00',
  },
  {
    number: 'C-102',
    name: 'Jardins Lefèvre SARL',
    address: ['18 rue des Acacias', '69003 Lyon'],
    place: ['FR', 'Europe/Paris', 'fr'],
    termsDays: 30,
    limit: '8000.00',
  },
  {
    number: 'C-103',
    name: 'Van Dijk Tuinen B.V.',
    address: ['Keizersgracht 210', '1016 DX Amsterdam'],
    place: ['NL', 'Europe/Amsterdam', 'en'],
    termsDays: 14,
    limit: '15000.00',
  },
  {
    number: 'C-104',
    name: 'Casa Moreno S.L.',
    address: ['Calle Mayor 33', '28013 Madrid'],
    place: ['ES', 'Europe/Madrid', 'es'],
    termsDays: 30,
    limit: '3000.00',
  },
  {
    number: 'C-105',
    name: 'Kiosk am Ring',
    address: ['Ringstraße 9', '50667 Köln'],
    place: ['DE', 'Europe/Berlin', 'de'],
    termsDays: 7,
    limit: '500.00',
  },
  {
    number: 'C-106',
    name: 'Nordwind Landschaftsbau KG',
    address: ['Hafenweg 7', '20457 Hamburg'],
    place: ['DE', 'Europe/Berlin', 'de'],
    termsDays: 30,
    limit: null,
  },
  {
    number: 'C-107',
    name: 'Brightside Gardens Ltd',
    address: ['5 Orchard Lane', 'London SE1 2AA'],
    place: ['GB', 'Europe/London', 'en'],
    termsDays: 30,
    limit: '12000.00',
  },
];

export const customers = demoCustomers.map(({ number, name, address, place, termsDays, limit }) => ({
  legalEntity: DEMO_ENTITY,
  number,
  name,
  address,
  email: `accounts@${number.toLowerCase()}.example`,
  country: place[0],
  zone: place[1],
  language: place[2],
  termsDays,
  creditLimit: limit === null ? null : { amount: limit, currency: 'EUR' },
}));
