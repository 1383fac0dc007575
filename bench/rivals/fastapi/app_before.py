"""The product before the strategy (its section 2): offset pages, rows added up in Python, three statements a lead. No cache.

Kinder to it than it was: asyncpg instead of HTTP to PostgREST, no cut at 1,000 rows, the tenant in each statement.
"""
import json
from datetime import datetime, timedelta, timezone
from typing import Any
from uuid import UUID, uuid4

import asyncpg
from fastapi import Depends, FastAPI

from common import DATABASE_URL, POOL_SIZE, compute_p_score, trend_of, verify_token
from pydantic import BaseModel


class NewEvent(BaseModel):
    channel: str
    direction: str
    text: str


app = FastAPI(title="Before the strategy")


async def _prepare_connection(connection: asyncpg.Connection) -> None:
    await connection.set_type_codec("jsonb", encoder=json.dumps, decoder=json.loads, schema="pg_catalog")


@app.on_event("startup")
async def open_pool() -> None:
    app.state.pool = await asyncpg.create_pool(
        DATABASE_URL, min_size=POOL_SIZE, max_size=POOL_SIZE, init=_prepare_connection
    )


@app.get("/api/autopilot/message-events")
async def list_events(status: str = "sent", limit: int = 50, offset: int = 0,
                      claims: dict[str, Any] = Depends(verify_token)) -> dict[str, Any]:
    rows = await app.state.pool.fetch(
        "SELECT * FROM message_events WHERE user_id = $1 AND autopilot_status = $2"
        " ORDER BY created_at DESC LIMIT $3 OFFSET $4",
        UUID(claims["sub"]), status, limit, offset,
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
    return {"id": str(created)}


@app.get("/api/v2/collective-intelligence/analytics/dashboard")
async def dashboard(days: int = 30, claims: dict[str, Any] = Depends(verify_token)) -> dict[str, Any]:
    rows = await app.state.pool.fetch(
        "SELECT created_at, outcome, composite_reward, user_id FROM rlhf_feedback_sessions"
        " WHERE org_id = $1 AND created_at >= $2",
        UUID(claims["org_id"]), datetime.now(timezone.utc) - timedelta(days=days),
    )
    by_date: dict[str, dict[str, Any]] = {}
    for row in rows:
        date = row["created_at"].isoformat().split("T")[0]
        day = by_date.setdefault(date, {"sessions": 0, "conversions": 0, "positive": 0, "reward": 0.0, "users": set()})
        day["sessions"] += 1
        if row["outcome"] == "converted":
            day["conversions"] += 1
        if row["outcome"] == "positive_reply":
            day["positive"] += 1
        if row["composite_reward"]:
            day["reward"] += float(row["composite_reward"])
        day["users"].add(row["user_id"])
    return {
        "dashboard": [
            {
                "date": date,
                "total_sessions": day["sessions"],
                "conversions": day["conversions"],
                "positive_replies": day["positive"],
                "avg_reward": day["reward"] / day["sessions"],
                "active_users": len(day["users"]),
            }
            for date, day in sorted(by_date.items(), reverse=True)
        ],
        "total_days": len(by_date),
    }


@app.get("/api/analytics/hot-leads")
async def hot_leads(min_score: int = 75, limit: int = 20, claims: dict[str, Any] = Depends(verify_token)) -> dict[str, Any]:
    rows = await app.state.pool.fetch(
        "SELECT * FROM leads WHERE user_id = $1 AND p_score >= $2 ORDER BY p_score DESC LIMIT $3",
        UUID(claims["sub"]), min_score, limit,
    )
    return {"success": True, "leads": [dict(row) for row in rows], "count": len(rows)}


@app.get("/api/idps/inbox")
async def inbox(limit: int = 50, offset: int = 0, claims: dict[str, Any] = Depends(verify_token)) -> dict[str, Any]:
    user_id = UUID(claims["sub"])
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


@app.post("/api/analytics/p-scores/recalc")
async def recalc(limit: int = 100, claims: dict[str, Any] = Depends(verify_token)) -> dict[str, Any]:
    user_id = UUID(claims["sub"])
    pool = app.state.pool
    ids = await pool.fetch("SELECT id FROM leads WHERE user_id = $1 LIMIT $2", user_id, limit)
    for entry in ids:
        lead = await pool.fetchrow("SELECT * FROM leads WHERE id = $1", entry["id"])
        now = datetime.now(timezone.utc)
        events = await pool.fetch(
            "SELECT * FROM message_events WHERE user_id = $1 AND created_at >= $2", user_id, now - timedelta(days=14)
        )
        inbound_7d = inbound_14d = outbound_14d = 0
        for event in events:
            if event["direction"] == "inbound":
                inbound_14d += 1
                if event["created_at"] >= now - timedelta(days=7):
                    inbound_7d += 1
            else:
                outbound_14d += 1
        score = compute_p_score(lead, inbound_7d, inbound_14d, outbound_14d)
        await pool.execute(
            "UPDATE leads SET p_score = $2, p_score_trend = $3, last_scored_at = $4 WHERE id = $1",
            lead["id"], score, trend_of(score, lead["p_score"]), now,
        )
    return {"success": True, "summary": {"total_leads": len(ids), "leads_scored": len(ids)}}
