"""What the FastAPI rivals share: settings, token check, statements, the score's rules.

Environment: DATABASE_URL, JWT_SECRET, JWT_ISSUER, JWT_AUDIENCE, POOL_SIZE (8 a worker).
"""
import base64
import os
from datetime import datetime
from typing import Any, Optional
from uuid import UUID

import jwt
from fastapi import HTTPException, Request

DATABASE_URL = os.environ["DATABASE_URL"]
POOL_SIZE = int(os.environ.get("POOL_SIZE", "8"))
_SECRET = os.environ["JWT_SECRET"]
_ISSUER = os.environ["JWT_ISSUER"]
_AUDIENCE = os.environ["JWT_AUDIENCE"]

SET_TENANT = """
SELECT set_config('app.user_id', $1, true), set_config('app.org_id', $2, true),
       set_config('statement_timeout', '5000', true)
"""

_COLUMNS = """id, user_id, contact_id, channel, direction, coalesce(text, normalized_text) AS text, normalized_text,
raw_payload,
CASE WHEN suggested_reply ? 'message' OR suggested_reply IS NULL THEN suggested_reply
     ELSE suggested_reply || jsonb_build_object('message', suggested_reply -> 'text') END AS suggested_reply,
autopilot_status, template_version, persona_variant, created_at, row_version"""


def verify_token(request: Request) -> dict[str, Any]:
    """The claims of a valid access token; 401 otherwise."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise HTTPException(401, "Not authenticated", {"WWW-Authenticate": "Bearer"})
    try:
        return jwt.decode(token, _SECRET, algorithms=["HS256"], issuer=_ISSUER, audience=_AUDIENCE)
    except jwt.PyJWTError:
        raise HTTPException(401, "Invalid or expired token", {"WWW-Authenticate": "Bearer"})


def build_list(user_id: UUID, filters: dict[str, Any], cursor: Optional[str], limit: int) -> tuple[str, list[Any]]:
    """The list statement with the filters that are given, and its arguments; one row more than a page."""
    arguments: list[Any] = [user_id]
    conditions = ["user_id = $1"]
    for column, value in filters.items():
        if value is not None:
            arguments.append(value)
            conditions.append(f"{column} = ${len(arguments)}")
    if cursor is not None:
        created_at, event_id = decode_cursor(cursor)
        arguments += [created_at, event_id]
        conditions.append(f"(created_at, id) < (${len(arguments) - 1}, ${len(arguments)})")
    arguments.append(limit + 1)
    return (
        f"SELECT {_COLUMNS} FROM message_events WHERE {' AND '.join(conditions)} "
        f"ORDER BY created_at DESC, id DESC LIMIT ${len(arguments)}",
        arguments,
    )


def encode_cursor(created_at: datetime, event_id: UUID) -> str:
    return base64.urlsafe_b64encode(f"{created_at.isoformat()} {event_id}".encode()).decode()


def decode_cursor(cursor: str) -> tuple[datetime, UUID]:
    try:
        created_at, event_id = base64.urlsafe_b64decode(cursor).decode().split(" ")
        return datetime.fromisoformat(created_at), UUID(event_id)
    except ValueError:
        raise HTTPException(400, "cursor is malformed")


def compute_p_score(lead: Any, inbound_7d: int, inbound_14d: int, outbound_14d: int) -> int:
    """The product's rules (contract 2.3)."""
    score = 20
    if inbound_7d >= 1:
        score += 10
    if inbound_14d > 1:
        score += min((inbound_14d - 1) * 10, 60)
    if outbound_14d > 0 and inbound_14d == 0:
        score = min(score, 40)
    status = (lead["status"] or "").upper()
    if status in ("INTERESTED", "QUALIFIED", "PROPOSAL"):
        score += 15
    elif status in ("GHOSTING", "LOST", "INACTIVE"):
        score -= 20
    try:
        temperature = int(lead["temperature"] or 50)
    except ValueError:
        temperature = {"hot": 80, "cold": 20}.get(lead["temperature"], 50)
    if temperature >= 80:
        score += 10
    elif temperature <= 20:
        score -= 10
    return max(0, min(score, 100))


def trend_of(score: int, old: Any) -> str:
    if old is None:
        return "flat"
    change = score - float(old)
    return "up" if change >= 5 else "down" if change <= -5 else "flat"
