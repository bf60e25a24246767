"""gettoken and the check of a token. The same secret gets the same token while it is valid, as on the platform."""

import secrets
from typing import Any

from siyu.simulators.wecom.call import Call
from siyu.simulators.wecom.errors import Refusal


def gettoken(call: Call) -> dict[str, Any]:
    """41002/41004 when a parameter is missing, 40013 for another corp, 40001 for a wrong secret."""
    corp_id, secret = call.query.get("corpid", ""), call.query.get("corpsecret", "")
    if not corp_id:
        raise Refusal(41002)
    if not secret:
        raise Refusal(41004)
    if corp_id != call.corp_id:
        raise Refusal(40013)
    if secret not in call.secrets:
        raise Refusal(40001)
    life = call.store.limit("token_s")
    row = call.db.execute(
        "SELECT token, expires_at FROM tokens WHERE secret = ? AND expires_at > ? ORDER BY expires_at DESC LIMIT 1",
        (secret, call.now),
    ).fetchone()
    if row is not None:
        return {"access_token": row["token"], "expires_in": int(row["expires_at"] - call.now)}
    token = secrets.token_urlsafe(48)
    call.db.execute("INSERT INTO tokens VALUES (?, ?, ?)", (token, secret, call.now + life))
    return {"access_token": token, "expires_in": life}


def check_token(call: Call) -> None:
    """Refuse 41001 without a token, 40014 for one never given, 42001 for one past its life."""
    token = call.query.get("access_token", "")
    if not token:
        raise Refusal(41001)
    row = call.db.execute("SELECT expires_at FROM tokens WHERE token = ?", (token,)).fetchone()
    if row is None:
        raise Refusal(40014)
    if row["expires_at"] <= call.now:
        raise Refusal(42001)
