# One image for all of Quittance's processes: `migrate`, `setup`, `worker`, `api`, `key create`, `verify`, `repair`.
FROM node:24-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
# Without install scripts: they fetch a Node of their own, which the image has already.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund

FROM node:24-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY package.json ./
COPY bin ./bin
COPY src ./src
USER node
ENTRYPOINT ["node", "/app/bin/quittance.js"]
CMD ["--help"]
