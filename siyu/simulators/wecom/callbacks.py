"""Callbacks: queued in the transaction of what happened, sealed and signed when pushed, pushed again up to 3 times.

An answer other than HTTP 200 within 5 s is a failure. Times here are the wall's, not the simulated clock's: the
receiver is a real process.
"""

import asyncio
import secrets
import sqlite3
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from siyu.channels.adapters.wecom.crypto import Seal, render_xml
from siyu.simulators.wecom.store import Store, read_meta, write_meta

META = "callback"
BATCH = 16


@dataclass(frozen=True, slots=True)
class CallbackRecipient:
    """To whom and when: the corp, its app's id, and the simulated clock's epoch second."""

    corp_id: str
    agent_id: int
    now: float


def tell(
    db: sqlite3.Connection, recipient: CallbackRecipient, event: str, change: str, fields: Mapping[str, str | int]
) -> None:
    """Queue one callback; nothing when the corp configured no receiver, as on the platform."""
    if read_meta(db, META) is None:
        return
    message: dict[str, str | int] = {
        "ToUserName": recipient.corp_id,
        "FromUserName": "sys",
        "CreateTime": int(recipient.now),
    }
    if event:
        message |= {"MsgType": "event", "Event": event}
    if change:
        message["ChangeType"] = change
    message |= {"AgentID": recipient.agent_id, **fields}
    db.execute("INSERT INTO callbacks (body, next_at) VALUES (?, ?)", (render_xml(message), time.time()))


def configure(db: sqlite3.Connection, url: str, token: str, encoding_aes_key: str) -> None:
    """Set the receiver; with an empty url, none."""
    if url:
        write_meta(db, META, {"url": url, "token": token, "encoding_aes_key": encoding_aes_key})
    else:
        db.execute("DELETE FROM meta WHERE key = ?", (META,))


def replay(db: sqlite3.Connection, last: int) -> int:
    """Queue the `last` callbacks once more, to see the receiver tell repeats; answers how many."""
    rows = db.execute("SELECT body FROM callbacks ORDER BY id DESC LIMIT ?", (last,)).fetchall()
    db.executemany(
        "INSERT INTO callbacks (body, next_at) VALUES (?, ?)", [(row["body"], time.time()) for row in reversed(rows)]
    )
    return len(rows)


class Deliverer:
    """Pushes what is queued. One at a time per row; `retry_s` is the wait before the first repeat, doubled each time."""

    def __init__(self, store: Store, corp_id: str, agent_id: int, retry_s: float) -> None:
        self._store = store
        self._corp_id = corp_id
        self._agent_id = agent_id
        self._retry_s = retry_s
        self._one = asyncio.Lock()
        self._http: httpx.AsyncClient | None = None

    def _sealed(self, config: Mapping[str, str], text: str) -> tuple[str, dict[str, str]]:
        """(ciphertext, the query that signs it)."""
        timestamp, nonce = str(int(self._store.now())), secrets.token_hex(5)
        seal = Seal(config["token"], config["encoding_aes_key"], self._corp_id)
        ciphertext, signature = seal.close(text, timestamp, nonce, secrets.token_bytes(16))
        return ciphertext, {"msg_signature": signature, "timestamp": timestamp, "nonce": nonce}

    async def verify(self) -> bool:
        """Push the GET with an echostr; True when the receiver answers what is inside it."""
        config = await asyncio.to_thread(self._config)
        if config is None:
            return False
        word = secrets.token_hex(8)
        echo, query = self._sealed(config, word)
        async with httpx.AsyncClient(timeout=self._store.limit("callback_s"), trust_env=False) as http:
            try:
                response = await http.get(config["url"], params={**query, "echostr": echo})
            except httpx.HTTPError:
                return False
        return response.status_code == 200 and response.text.strip() == word

    def _config(self) -> dict[str, str] | None:
        with self._store.transaction() as db:
            config: dict[str, str] | None = read_meta(db, META)
            return config

    def _pending(self, hurry: bool) -> tuple[dict[str, str] | None, list[tuple[int, str]]]:
        with self._store.transaction() as db:
            rows = db.execute(
                "SELECT id, body FROM callbacks WHERE state = 'pending' AND (? OR next_at <= ?) ORDER BY id LIMIT ?",
                (hurry, time.time(), BATCH),
            ).fetchall()
            return read_meta(db, META), [(row["id"], row["body"]) for row in rows]

    async def _push(self, http: httpx.AsyncClient, config: Mapping[str, str], body: str) -> tuple[int | None, str]:
        """(HTTP status or None, what went wrong)."""
        ciphertext, query = self._sealed(config, body)
        envelope = render_xml({"ToUserName": self._corp_id, "Encrypt": ciphertext, "AgentID": self._agent_id})
        try:
            limit = self._store.limit("callback_s")
            headers = {"content-type": "text/xml"}
            post = http.post(config["url"], params=query, content=envelope, headers=headers, timeout=limit)
            response = await asyncio.wait_for(post, limit)
        except (httpx.HTTPError, TimeoutError) as error:
            return None, type(error).__name__
        return response.status_code, "" if response.status_code == 200 else f"HTTP {response.status_code}"

    def _note(self, results: list[tuple[int, int | None, str]]) -> dict[str, int]:
        """Write down how each push went; what failed too often is given up."""
        most = 1 + self._store.limit("callback_retries")
        counts = {"delivered": 0, "retrying": 0, "given_up": 0}
        with self._store.transaction() as db:
            for callback_id, status, error in results:
                row = db.execute("SELECT attempts FROM callbacks WHERE id = ?", (callback_id,)).fetchone()
                if row is None:
                    continue
                attempts = row["attempts"] + 1
                state = "delivered" if not error else "failed" if attempts >= most else "pending"
                counts[{"delivered": "delivered", "failed": "given_up", "pending": "retrying"}[state]] += 1
                db.execute(
                    "UPDATE callbacks SET state = ?, attempts = ?, next_at = ?, last_status = ?, last_error = ?"
                    " WHERE id = ?",
                    (state, attempts, time.time() + self._retry_s * 2 ** (attempts - 1), status, error, callback_id),
                )
        return counts

    async def deliver(self, hurry: bool = False) -> dict[str, int]:
        """Push everything due; with `hurry`, without waiting between repeats, until nothing is pending."""
        totals = {"delivered": 0, "retrying": 0, "given_up": 0}
        async with self._one:
            while True:
                config, rows = await asyncio.to_thread(self._pending, hurry)
                if config is None or not rows:
                    return totals
                # Kept from push to push: a client loads all trusted certificates when it is made.
                self._http = http = self._http or httpx.AsyncClient(trust_env=False)
                pushed = await asyncio.gather(*(self._push(http, config, body) for _, body in rows))
                results = [(row[0], status, error) for row, (status, error) in zip(rows, pushed, strict=True)]
                for name, n in (await asyncio.to_thread(self._note, results)).items():
                    totals[name] += n

    async def close(self) -> None:
        """Let go of connections; the deliverer may be used again."""
        if self._http is not None:
            await self._http.aclose()
            self._http = None


def log(db: sqlite3.Connection, last: int) -> dict[str, Any]:
    """Counts by state, and the `last` callbacks, newest first."""
    states = {r["state"]: r["n"] for r in db.execute("SELECT state, count(*) AS n FROM callbacks GROUP BY state")}
    rows = db.execute(
        "SELECT id, body, state, attempts, last_status, last_error FROM callbacks ORDER BY id DESC LIMIT ?", (last,)
    )
    return {"states": states, "last": [dict(row) for row in rows]}
