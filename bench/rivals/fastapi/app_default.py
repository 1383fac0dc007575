"""The event list as FastAPI's documentation teaches it: pydantic models in and out, the default encoder, a pool."""
import json
from datetime import datetime
from enum import Enum
from typing import Any, Optional
from uuid import UUID

import asyncpg
from fastapi import Depends, FastAPI, Query
from pydantic import BaseModel

from common import DATABASE_URL, POOL_SIZE, SET_TENANT, build_list, encode_cursor, verify_token


class Status(str, Enum):
    pending = "pending"
    suggested = "suggested"
    approved = "approved"
    sent = "sent"
    skipped = "skipped"


class Channel(str, Enum):
    email = "email"
    whatsapp = "whatsapp"
    instagram = "instagram"
    linkedin = "linkedin"
    facebook = "facebook"
    internal = "internal"


class Direction(str, Enum):
    inbound = "inbound"
    outbound = "outbound"


class MessageEvent(BaseModel):
    id: UUID
    user_id: UUID
    contact_id: Optional[UUID]
    channel: Channel
    direction: Direction
    text: str
    normalized_text: str
    raw_payload: Optional[dict[str, Any]]
    suggested_reply: Optional[dict[str, Any]]
    autopilot_status: Status
    template_version: Optional[str]
    persona_variant: Optional[str]
    created_at: datetime
    row_version: int


class MessageEventPage(BaseModel):
    success: bool = True
    events: list[MessageEvent]
    count: int
    has_more: bool
    next_cursor: Optional[str]


app = FastAPI(title="Event list")


async def _prepare_connection(connection: asyncpg.Connection) -> None:
    await connection.set_type_codec("jsonb", encoder=json.dumps, decoder=json.loads, schema="pg_catalog")


@app.on_event("startup")
async def open_pool() -> None:
    app.state.pool = await asyncpg.create_pool(
        DATABASE_URL, min_size=POOL_SIZE, max_size=POOL_SIZE, init=_prepare_connection
    )


@app.on_event("shutdown")
async def close_pool() -> None:
    await app.state.pool.close()


@app.get("/api/autopilot/message-events", response_model=MessageEventPage)
async def list_events(
    status: Optional[Status] = None,
    contact_id: Optional[UUID] = None,
    channel: Optional[Channel] = None,
    direction: Optional[Direction] = None,
    cursor: Optional[str] = Query(None, max_length=200),
    limit: int = Query(50, ge=1, le=200),
    claims: dict[str, Any] = Depends(verify_token),
) -> Any:
    filters = {"autopilot_status": status, "contact_id": contact_id, "channel": channel, "direction": direction}
    statement, arguments = build_list(UUID(claims["sub"]), filters, cursor, limit)
    async with app.state.pool.acquire() as connection, connection.transaction():
        await connection.execute(SET_TENANT, claims["sub"], claims.get("org_id") or "")
        rows = await connection.fetch(statement, *arguments)
    has_more = len(rows) > limit
    page = rows[:limit]
    return {
        "events": [dict(row) for row in page],
        "count": len(page),
        "has_more": has_more,
        "next_cursor": encode_cursor(page[-1]["created_at"], page[-1]["id"]) if has_more else None,
    }
