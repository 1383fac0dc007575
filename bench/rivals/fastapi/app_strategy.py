"""The product after the strategy, as it is written (its sections 3 to 5): its indexes, views, function and Redis cache.

What keeps it from running is corrected and nothing else. Environment: that of common.py, REDIS_URL, ENABLE_CACHE.
"""
import json
import os
from datetime import datetime, timedelta, timezone
from typing import Any, Awaitable, Callable
from uuid import UUID, uuid4

import asyncpg
import redis.asyncio as aioredis
from fastapi import Depends, FastAPI, Response
from fastapi.encoders import jsonable_encoder
from pydantic import BaseModel

from common import DATABASE_URL, POOL_SIZE, compute_p_score, trend_of, verify_token


class CacheService:
    """Its section 4.2: a value until its time is over, KEYS to find what is to be deleted."""

    def __init__(self) -> None:
        self.enabled = os.environ.get("ENABLE_CACHE", "true") == "true"
        self.redis = aioredis.from_url(os.environ["REDIS_URL"], decode_responses=True)

    async def get_or_fetch(self, key: str, fetch: Callable[[], Awaitable[Any]], ttl: int, response: Response) -> Any:
        if not self.enabled:
            return await fetch()
        cached = await self.redis.get(key)
        if cached:
            response.headers["X-Cache"] = "hit"
            return json.loads(cached)
        response.headers["X-Cache"] = "miss"
        data = jsonable_encoder(await fetch())
        await self.redis.setex(key, ttl, json.dumps(data))
        return data

    async def invalidate(self, pattern: str) -> None:
        if self.enabled:
            keys = await self.redis.keys(pattern)
            if keys:
                await self.redis.delete(*keys)


class NewEvent(BaseModel):
    channel: str
    direction: str
    text: str


app = FastAPI(title="After the strategy")


async def _prepare_connection(connection: asyncpg.Connection) -> None:
    await connection.set_type_codec("jsonb", encoder=json.dumps, decoder=json.loads, schema="pg_catalog")


@app.on_event("startup")
async def open_all() -> None:
    app.state.cache = CacheService()
    app.state.pool = await asyncpg.create_pool(
        DATABASE_URL, min_size=POOL_SIZE, max_size=POOL_SIZE, init=_prepare_connection
    )


# The strategy does not cache this list in the service, only in the browser (its table 4.1).
@app.get("/api/autopilot/message-events")
async def list_events(status: str = "sent", limit: int = 50, claims: dict[str, Any] = Depends(verify_token)) -> dict[str, Any]:
    rows = await app.state.pool.fetch(
        "SELECT * FROM message_events WHERE user_id = $1 AND autopilot_status = $2 ORDER BY created_at DESC LIMIT $3",
        UUID(claims["sub"]), status, limit,
    )
    return {"success": True, "events": [dict(row) for row in rows], "count": len(rows)}


@app.post("/api/autopilot/message-event")
async def create_event(event: NewEvent, claims: dict[str, Any] = Depends(verify_token)) -> dict[str, str]:
    created = uuid4()
    await app.state.pool.execute(
        "INSERT INTO message_events (id, user_id, channel, direction, normalized_text, autopilot_status, created_at)"
        " VALUES ($1, $2, $3, $4, $5, 'sent', now())",
        created, UUID(claims["sub"]), event.channel, event.direction, event.text,
    )
    await app.state.cache.invalidate(f"idps:inbox:{claims['sub']}:*")
    await app.state.cache.invalidate(f"idps:analytics:{claims['sub']}")
    return {"id": str(created)}


@app.get("/api/v2/collective-intelligence/analytics/dashboard")
async def dashboard(response: Response, days: int = 30, claims: dict[str, Any] = Depends(verify_token)) -> dict[str, Any]:
    async def fetch() -> Any:
        rows = await app.state.pool.fetch(
            "SELECT session_date, total_sessions, active_users, conversions, positive_replies, avg_reward, reward_sum"
            " FROM mv_rlhf_sessions_daily WHERE org_id = $1 AND session_date >= $2 ORDER BY session_date DESC",
            UUID(claims["org_id"]), (datetime.now(timezone.utc) - timedelta(days=days)).date(),
        )
        return [dict(row) for row in rows]

    days_of = await app.state.cache.get_or_fetch(f"dashboard:rlhf:{claims['org_id']}:days:{days}", fetch, 60, response)
    return {"success": True, "dashboard": days_of, "cached": True}


@app.get("/api/analytics/hot-leads")
async def hot_leads(response: Response, min_score: int = 75, limit: int = 20,
                    claims: dict[str, Any] = Depends(verify_token)) -> dict[str, Any]:
    async def fetch() -> Any:
        rows = await app.state.pool.fetch(
            "SELECT * FROM mv_hot_leads WHERE user_id = $1 AND p_score >= $2 ORDER BY p_score DESC LIMIT $3",
            UUID(claims["sub"]), min_score, limit,
        )
        return [dict(row) for row in rows]

    leads = await app.state.cache.get_or_fetch(f"hot_leads:{claims['sub']}:{min_score}:{limit}", fetch, 300, response)
    return {"success": True, "leads": leads, "count": len(leads)}


@app.get("/api/idps/inbox")
async def inbox(response: Response, limit: int = 50, offset: int = 0,
                claims: dict[str, Any] = Depends(verify_token)) -> dict[str, Any]:
    user_id = UUID(claims["sub"])

    async def fetch() -> Any:
        rows = await app.state.pool.fetch(
            "SELECT * FROM v_unified_inbox WHERE user_id = $1"
            " ORDER BY priority_score DESC, last_message_at DESC LIMIT $2 OFFSET $3",
            user_id, limit, offset,
        )
        total = await app.state.pool.fetchval("SELECT count(*) FROM dm_conversations WHERE user_id = $1", user_id)
        items = [dict(row) for row in rows]
        return {
            "success": True,
            "items": items,
            "total_count": total,
            "unread_total": sum(item["unread_count"] for item in items),
            "needs_attention_count": sum(item["status"] == "needs_human_attention" for item in items),
        }

    return await app.state.cache.get_or_fetch(f"idps:inbox:{user_id}:{limit}:{offset}", fetch, 30, response)


@app.post("/api/analytics/p-scores/recalc")
async def recalc(limit: int = 100, claims: dict[str, Any] = Depends(verify_token)) -> dict[str, Any]:
    user_id = UUID(claims["sub"])
    pool = app.state.pool
    leads = await pool.fetch(
        "SELECT l.*, c.id AS contact_id FROM leads AS l LEFT JOIN contacts AS c ON c.lead_id = l.id"
        " WHERE l.user_id = $1 LIMIT $2",
        user_id, limit,
    )
    for lead in leads:
        now = datetime.now(timezone.utc)
        # A lead without a contact: its own id is the contact's (E10; NULL would count the user's events).
        stats = await pool.fetchrow(
            "SELECT * FROM calculate_lead_event_stats($1, $2, $3, $4)",
            user_id, now - timedelta(days=14), now - timedelta(days=7), lead["contact_id"] or lead["id"],
        )
        score = compute_p_score(lead, stats["inbound_7d"], stats["inbound_14d"], stats["outbound_14d"])
        await pool.execute(
            "UPDATE leads SET p_score = $2, p_score_trend = $3, last_scored_at = $4 WHERE id = $1",
            lead["id"], score, trend_of(score, lead["p_score"]), now,
        )
    await app.state.cache.invalidate(f"hot_leads:{claims['sub']}:*")
    return {"success": True, "summary": {"total_leads": len(leads), "leads_scored": len(leads)}}
