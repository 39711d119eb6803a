// The description of the API for programs (`/openapi.json`) and for people (`/docs`), without a key.

import { Router } from 'express';
import swaggerUi from 'swagger-ui-express';
import { openApiDocument } from './openapi.ts';
import type { Route } from './route.ts';

export function documentRoutes(routes: readonly Route[]): Router {
  const router = Router();
  let text: string | null = null;
  router.get('/openapi.json', (_request, response) => {
    // Made when first asked for, then kept.
    text ??= JSON.stringify(openApiDocument(routes));
    response.type('application/json').send(text);
  });
  const page = swaggerUi.setup(undefined, {
    customSiteTitle: 'Quittance API',
    swaggerOptions: { url: '/openapi.json', tryItOutEnabled: true },
  });
  router.use('/docs', swaggerUi.serve, page);
  return router;
}
