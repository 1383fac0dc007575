// The event list as a careful Fastify engineer writes it: a worker a core, postgres.js with prepared statements and
// pipelining inside sql.begin, a response schema (so that fast-json-stringify serialises), fast-jwt.
//
// Environment: PORT, DATABASE_URL, JWT_SECRET, JWT_ISSUER, JWT_AUDIENCE, WORKERS (2), POOL_SIZE (8 a worker).
import cluster from 'node:cluster'
import process from 'node:process'
import Fastify from 'fastify'
import { createVerifier } from 'fast-jwt'
import postgres from 'postgres'

const settings = {
  port: Number(process.env.PORT),
  workers: Number(process.env.WORKERS ?? 2),
  poolSize: Number(process.env.POOL_SIZE ?? 8),
}

const uuid = { type: 'string', format: 'uuid' }
const text = { type: 'string' }
const nullable = (schema) => ({ ...schema, nullable: true })
const object = { type: 'object', additionalProperties: true }

const messageEvent = {
  type: 'object',
  properties: {
    id: text,
    user_id: text,
    contact_id: nullable(text),
    channel: text,
    direction: text,
    text,
    normalized_text: text,
    raw_payload: nullable(object),
    suggested_reply: nullable(object),
    autopilot_status: text,
    template_version: nullable(text),
    persona_variant: nullable(text),
    created_at: text,
    row_version: { type: 'integer' },
  },
}

const listSchema = {
  querystring: {
    type: 'object',
    properties: {
      status: { type: 'string', enum: ['pending', 'suggested', 'approved', 'sent', 'skipped'] },
      channel: { type: 'string', enum: ['email', 'whatsapp', 'instagram', 'linkedin', 'facebook', 'internal'] },
      direction: { type: 'string', enum: ['inbound', 'outbound'] },
      contact_id: uuid,
      cursor: { type: 'string', maxLength: 200 },
      limit: { type: 'integer', minimum: 1, maximum: 200, default: 50 },
    },
  },
  response: {
    200: {
      type: 'object',
      properties: {
        success: { type: 'boolean' },
        events: { type: 'array', items: messageEvent },
        count: { type: 'integer' },
        has_more: { type: 'boolean' },
        next_cursor: nullable(text),
      },
    },
  },
}

const encodeCursor = (event) => Buffer.from(`${event.created_at.toISOString()} ${event.id}`).toString('base64url')
const decodeCursor = (cursor) => Buffer.from(cursor, 'base64url').toString().split(' ')

async function serve() {
  const sql = postgres(process.env.DATABASE_URL, {
    max: settings.poolSize,
    prepare: true,
    // row_version is a bigint that stays small; numbers serialise faster than strings.
    types: { bigint: { to: 20, from: [20], parse: Number, serialize: String } },
  })
  const verify = createVerifier({
    key: process.env.JWT_SECRET,
    algorithms: ['HS256'],
    allowedIss: process.env.JWT_ISSUER,
    allowedAud: process.env.JWT_AUDIENCE,
  })
  const app = Fastify({ logger: false })

  app.decorateRequest('user', null)
  app.addHook('onRequest', async (request, reply) => {
    const header = request.headers.authorization
    if (!header?.startsWith('Bearer ')) {
      return reply.code(401).send({ detail: 'Not authenticated' })
    }
    try {
      request.user = verify(header.slice(7))
    } catch {
      return reply.code(401).send({ detail: 'Invalid or expired token' })
    }
  })

  app.get('/api/autopilot/message-events', { schema: listSchema }, async (request) => {
    const { status, channel, direction, contact_id: contactId, cursor, limit } = request.query
    const userId = request.user.sub
    const [, events] = await sql.begin((tx) => [
      tx`SELECT set_config('app.user_id', ${userId}, true), set_config('app.org_id', ${request.user.org_id ?? ''}, true),
                set_config('statement_timeout', '5000', true)`,
      tx`SELECT id, user_id, contact_id, channel, direction, coalesce(text, normalized_text) AS text, normalized_text,
                raw_payload,
                CASE WHEN suggested_reply ? 'message' OR suggested_reply IS NULL THEN suggested_reply
                     ELSE suggested_reply || jsonb_build_object('message', suggested_reply -> 'text') END AS suggested_reply,
                autopilot_status, template_version, persona_variant, created_at, row_version
         FROM message_events
         WHERE user_id = ${userId}
         ${status ? tx`AND autopilot_status = ${status}` : tx``}
         ${channel ? tx`AND channel = ${channel}` : tx``}
         ${direction ? tx`AND direction = ${direction}` : tx``}
         ${contactId ? tx`AND contact_id = ${contactId}` : tx``}
         ${cursor ? tx`AND (created_at, id) < (${decodeCursor(cursor)[0]}, ${decodeCursor(cursor)[1]})` : tx``}
         ORDER BY created_at DESC, id DESC LIMIT ${limit + 1}`,
    ])
    const hasMore = events.length > limit
    const page = hasMore ? events.slice(0, limit) : events
    return {
      success: true,
      events: page,
      count: page.length,
      has_more: hasMore,
      next_cursor: hasMore ? encodeCursor(page.at(-1)) : null,
    }
  })

  process.on('SIGTERM', async () => {
    await app.close()
    await sql.end({ timeout: 1 })
    process.exit(0)
  })
  await app.listen({ host: '127.0.0.1', port: settings.port })
}

if (cluster.isPrimary) {
  for (let i = 0; i < settings.workers; i++) cluster.fork()
  cluster.on('exit', (worker, code) => {
    if (code !== 0) process.exit(1)
  })
  process.on('SIGTERM', () => {
    for (const worker of Object.values(cluster.workers)) worker.kill('SIGTERM')
    setTimeout(() => process.exit(0), 300)
  })
} else {
  await serve()
}
