"""The event list and the learning dashboard as a FastAPI engineer tunes them: no pydantic on the way out, ujson writes the body, plain strings where
objects cost time, the statement cached by asyncpg, uvloop and httptools below (see the command line in rivals.cpp)."""
from datetime import date, datetime, timedelta, timezone
from typing import Any, Optional
from uuid import UUID

import asyncpg
import ujson
from fastapi import FastAPI, HTTPException, Request, Response

from common import DATABASE_URL, POOL_SIZE, SET_TENANT, build_list, encode_cursor, verify_token

_STATUSES = frozenset(("pending", "suggested", "approved", "sent", "skipped"))
_CHANNELS = frozenset(("email", "whatsapp", "instagram", "linkedin", "facebook", "internal"))
_DIRECTIONS = frozenset(("inbound", "outbound"))

app = FastAPI(title="Event list, tuned", openapi_url=None)


async def _prepare_connection(connection: asyncpg.Connection) -> None:
    await connection.set_type_codec("jsonb", encoder=ujson.dumps, decoder=ujson.loads, schema="pg_catalog")


@app.on_event("startup")
async def open_pool() -> None:
    app.state.pool = await asyncpg.create_pool(
        DATABASE_URL,
        min_size=POOL_SIZE,
        max_size=POOL_SIZE,
        max_inactive_connection_lifetime=0,
        statement_cache_size=200,
        init=_prepare_connection,
        # RESET ALL and friends after each use are not needed: all we set is local to a transaction.
        connection_class=_Connection,
    )


@app.on_event("shutdown")
async def close_pool() -> None:
    await app.state.pool.close()


class _Connection(asyncpg.Connection):
    def get_reset_query(self) -> str:
        return ""


def _choice(name: str, value: Optional[str], allowed: frozenset[str]) -> Optional[str]:
    if value is not None and value not in allowed:
        raise HTTPException(422, f"{name} must be one of {', '.join(sorted(allowed))}")
    return value


def _limit(value: Optional[str]) -> int:
    if value is None:
        return 50
    if not value.isdigit() or not 1 <= int(value) <= 200:
        raise HTTPException(422, "limit must be 1..200")
    return int(value)


def _contact(value: Optional[str]) -> Optional[UUID]:
    try:
        return UUID(value) if value is not None else None
    except ValueError:
        raise HTTPException(422, "contact_id must be a UUID")


def _to_event(row: asyncpg.Record) -> dict[str, Any]:
    event = dict(row)
    event["id"] = str(row["id"])
    event["user_id"] = str(row["user_id"])
    event["contact_id"] = str(row["contact_id"]) if row["contact_id"] is not None else None
    event["created_at"] = row["created_at"].isoformat()
    return event


# A plain route: no dependency injection and no validation by signature on the hot path.
async def list_events(request: Request) -> Response:
    claims = verify_token(request)
    query = request.query_params
    limit = _limit(query.get("limit"))
    filters = {
        "autopilot_status": _choice("status", query.get("status"), _STATUSES),
        "contact_id": _contact(query.get("contact_id")),
        "channel": _choice("channel", query.get("channel"), _CHANNELS),
        "direction": _choice("direction", query.get("direction"), _DIRECTIONS),
    }
    statement, arguments = build_list(UUID(claims["sub"]), filters, query.get("cursor"), limit)
    async with app.state.pool.acquire() as connection, connection.transaction():
        await connection.fetchrow(SET_TENANT, claims["sub"], claims.get("org_id") or "")
        rows = await connection.fetch(statement, *arguments)
    has_more = len(rows) > limit
    if has_more:
        rows.pop()
    page = {
        "success": True,
        "events": [_to_event(row) for row in rows],
        "count": len(rows),
        "has_more": has_more,
        "next_cursor": encode_cursor(rows[-1]["created_at"], rows[-1]["id"]) if has_more else None,
    }
    return Response(ujson.dumps(page, ensure_ascii=False, escape_forward_slashes=False), media_type="application/json")


app.add_route("/api/autopilot/message-events", list_events, methods=["GET"])


_FROM_VIEW = """
SELECT session_date, total_sessions, conversions, positive_replies, avg_reward, reward_sum, active_users
FROM strategy_sessions_daily WHERE org_id = $1 AND session_date >= $2 ORDER BY session_date DESC"""

_FROM_ROWS = """
SELECT user_id, outcome, composite_reward, created_at FROM our_session_rows WHERE org_id = $1 AND created_at >= $2"""


def _sum_up(rows: list[asyncpg.Record]) -> list[dict[str, Any]]:
    """As the product's service adds sessions up in Python before the strategy's view."""
    days: dict[date, dict[str, Any]] = {}
    for row in rows:
        key = row["created_at"].astimezone(timezone.utc).date()
        day = days.setdefault(key, {"sessions": 0, "conversions": 0, "positive_replies": 0, "rewards": [], "users": set()})
        day["sessions"] += 1
        day["conversions"] += row["outcome"] == "converted"
        day["positive_replies"] += row["outcome"] == "positive_reply"
        day["users"].add(row["user_id"])
        if row["composite_reward"] is not None:
            day["rewards"].append(float(row["composite_reward"]))
    return [
        {
            "session_date": key.isoformat(),
            "total_sessions": day["sessions"],
            "conversions": day["conversions"],
            "positive_replies": day["positive_replies"],
            "avg_reward": sum(day["rewards"]) / len(day["rewards"]) if day["rewards"] else None,
            "active_users": len(day["users"]),
        }
        for key, day in sorted(days.items(), reverse=True)
    ]


async def read_dashboard(request: Request) -> Response:
    """The strategy's path: ?source=view reads its view, ?source=rows what was before it."""
    claims = verify_token(request)
    since = datetime.now(timezone.utc) - timedelta(days=30)
    org_id = UUID(claims["org_id"])
    async with app.state.pool.acquire() as connection, connection.transaction():
        await connection.fetchrow(SET_TENANT, claims["sub"], claims["org_id"])
        if request.query_params.get("source") == "rows":
            days = _sum_up(await connection.fetch(_FROM_ROWS, org_id, since))
        else:
            days = [
                {
                    **row,
                    "session_date": row["session_date"].isoformat(),
                    "avg_reward": float(row["avg_reward"]) if row["avg_reward"] is not None else None,
                    "reward_sum": float(row["reward_sum"]) if row["reward_sum"] is not None else None,
                }
                for row in await connection.fetch(_FROM_VIEW, org_id, since.date())
            ]
    return Response(ujson.dumps({"dashboard": days}), media_type="application/json")


app.add_route("/api/v2/collective-intelligence/analytics/dashboard", read_dashboard, methods=["GET"])
