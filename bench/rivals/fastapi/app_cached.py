"""The event list with the strategy's own cache: its section 4.2 (get_or_fetch, invalidate by pattern) over redis.asyncio.

Environment: that of common.py, and REDIS_URL.
"""
import json
import os
from typing import Any, Awaitable, Callable, Optional
from uuid import UUID, uuid4

import asyncpg
import redis.asyncio as aioredis
from fastapi import Depends, FastAPI, Response
from pydantic import BaseModel

from common import DATABASE_URL, POOL_SIZE, SET_TENANT, build_list, verify_token


class CacheService:
    """As the strategy has it: a value until its time is over, and KEYS to find what is to be deleted."""

    def __init__(self, redis_url: str) -> None:
        self.redis = aioredis.from_url(redis_url, decode_responses=True)

    async def get_or_fetch(self, key: str, fetch: Callable[[], Awaitable[Any]], ttl: int) -> tuple[str, bool]:
        cached = await self.redis.get(key)
        if cached:
            return cached, True
        text = json.dumps(await fetch(), default=str)
        await self.redis.setex(key, ttl, text)
        return text, False

    async def invalidate(self, pattern: str) -> None:
        keys = await self.redis.keys(pattern)
        if keys:
            await self.redis.delete(*keys)


class NewEvent(BaseModel):
    channel: str
    direction: str
    text: str


app = FastAPI(title="Event list with the strategy's cache")


@app.on_event("startup")
async def open_all() -> None:
    app.state.cache = CacheService(os.environ["REDIS_URL"])
    app.state.pool = await asyncpg.create_pool(DATABASE_URL, min_size=POOL_SIZE, max_size=POOL_SIZE)


@app.get("/api/autopilot/message-events")
async def list_events(limit: int = 50, claims: dict[str, Any] = Depends(verify_token)) -> Response:
    async def fetch() -> Any:
        statement, arguments = build_list(UUID(claims["sub"]), {}, None, limit)
        async with app.state.pool.acquire() as connection, connection.transaction():
            await connection.execute(SET_TENANT, claims["sub"], claims.get("org_id") or "")
            rows = await connection.fetch(statement, *arguments)
        return {"success": True, "events": [dict(row) for row in rows[:limit]], "count": min(len(rows), limit)}

    text, hit = await app.state.cache.get_or_fetch(f"events:{claims['sub']}:{limit}", fetch, 30)
    return Response(text, media_type="application/json", headers={"X-Cache": "hit" if hit else "miss"})


@app.post("/api/autopilot/message-event")
async def create_event(event: NewEvent, claims: dict[str, Any] = Depends(verify_token)) -> dict[str, Optional[str]]:
    created = uuid4()
    async with app.state.pool.acquire() as connection, connection.transaction():
        await connection.execute(SET_TENANT, claims["sub"], claims.get("org_id") or "")
        await connection.execute(
            "INSERT INTO message_events (id, user_id, channel, direction, text, normalized_text)"
            " VALUES ($1, $2, $3, $4, $5, $5)",
            created, UUID(claims["sub"]), event.channel, event.direction, event.text,
        )
    await app.state.cache.invalidate(f"events:{claims['sub']}:*")
    return {"id": str(created)}
