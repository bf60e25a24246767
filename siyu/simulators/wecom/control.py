"""``/sim/...``: who exists, what the time is, what people do, what fails, and what customers received.

Loopback only (403 for anybody else): these routes have no sign-in, as they belong to whoever runs the simulator.
A refusal of the platform's own rules (an unknown userid, say) is answered as 422 with its errcode.
"""

import ipaddress
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Depends, HTTPException, Request

from siyu.simulators.wecom import callbacks, confirm, people, received
from siyu.simulators.wecom import control_bodies as bodies
from siyu.simulators.wecom.callbacks import CallbackRecipient, Deliverer
from siyu.simulators.wecom.errors import Refusal
from siyu.simulators.wecom.limits import LIMITS
from siyu.simulators.wecom.rates import Rates
from siyu.simulators.wecom.store import Store, china


def loopback_only(request: Request) -> None:
    """403 unless the caller is on this machine."""
    host = request.client.host if request.client else ""
    try:
        allowed = ipaddress.ip_address(host).is_loopback
    except ValueError:
        allowed = False
    if not allowed:
        raise HTTPException(403, "only from this machine")


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except Refusal as refusal:
        raise HTTPException(422, refusal.answer()) from None


def router(store: Store, corp_id: str, agent_id: int, deliverer: Deliverer, rates: Rates) -> APIRouter:
    """All of ``/sim``."""
    routes = APIRouter(prefix="/sim", dependencies=[Depends(loopback_only)])

    def recipient() -> CallbackRecipient:
        return CallbackRecipient(corp_id, agent_id, store.now())

    @routes.post("/reset")
    def reset() -> dict[str, bool]:
        """Forget everything, back to an empty corp."""
        store.reset()
        rates.meters.clear()
        return {"ok": True}

    _staff_routes(routes, store)
    _people_routes(routes, store, recipient)
    _act_routes(routes, store, recipient)
    _time_routes(routes, store)
    _fault_routes(routes, store)
    _callback_routes(routes, store, deliverer, recipient)
    _count_routes(routes, store)
    return routes


def _staff_routes(routes: APIRouter, store: Store) -> None:
    @routes.post("/departments")
    def departments(body: bodies.Departments) -> dict[str, int]:
        """Add or rename departments."""
        rows = [(d.id, d.name, d.parentid) for d in body.departments]
        with store.transaction() as db:
            db.executemany("INSERT OR REPLACE INTO departments VALUES (?, ?, ?)", rows)
        return {"departments": len(rows)}

    @routes.post("/staff")
    def staff(body: bodies.Staff) -> dict[str, int]:
        """Add or change staff."""
        with store.transaction() as db:
            return {"staff": people.add_staff(db, [person.model_dump() for person in body.staff])}

    @routes.post("/staff/behaviour")
    def behaviour(body: bodies.StaffBehaviour) -> dict[str, bool]:
        """How one member of staff, or without userid everybody else, confirms group sends."""
        row = (body.userid, body.delay_s, body.share, body.seed, int(body.auto))
        with store.transaction() as db:
            db.execute("INSERT OR REPLACE INTO behaviour VALUES (?, ?, ?, ?, ?)", row)
        return {"ok": True}

    @routes.get("/staff/messages")
    def staff_messages(userid: str) -> dict[str, Any]:
        """App messages one member of staff received."""
        with store.transaction() as db:
            rows = db.execute("SELECT * FROM staff_messages WHERE userid = ? ORDER BY id", (userid,)).fetchall()
        return {"messages": [dict(row) for row in rows]}


def _people_routes(routes: APIRouter, store: Store, recipient: Callable[[], CallbackRecipient]) -> None:
    @routes.post("/robots")
    def robots(body: bodies.Robot) -> dict[str, str]:
        """Add a group robot."""
        with store.transaction() as db:
            db.execute("INSERT OR REPLACE INTO robots VALUES (?, ?)", (body.key, body.name))
        return {"key": body.key}

    @routes.get("/robots/messages")
    def robot_messages(key: str) -> dict[str, Any]:
        """What a robot posted."""
        with store.transaction() as db:
            rows = db.execute("SELECT * FROM robot_messages WHERE key = ? ORDER BY id", (key,)).fetchall()
        return {"messages": [dict(row) for row in rows]}

    @routes.post("/chats")
    def chats(body: bodies.Chats) -> dict[str, int]:
        """Add customer groups."""
        rows = [(c.chat_id, c.name, c.owner, store.now()) for c in body.chats]
        with store.transaction() as db:
            db.executemany("INSERT OR REPLACE INTO chats VALUES (?, ?, ?, ?)", rows)
        return {"chats": len(rows)}

    @routes.post("/customers")
    def customers(body: bodies.Customers) -> dict[str, Any]:
        """Add customers: those named, then `count` generated ones shared out among `userids` in turn."""
        named = [person.model_dump(exclude_none=True) for person in body.customers]
        if body.count and not body.userids:
            raise HTTPException(422, "count needs userids")
        made = [
            {
                "external_userid": f"{body.prefix}{n:06d}",
                "unionid": f"o{body.prefix}{n:06d}" if body.unionids else "",
                "userid": body.userids[n % len(body.userids)],
                "state": body.state,
                "add_way": body.add_way,
            }
            for n in range(body.first, body.first + body.count)
        ]
        with _refusals(), store.transaction() as db:
            ids = people.add_customers(db, recipient(), [*named, *made], body.seed, body.events)
        return {"created": len(ids), "external_userids": ids}


def _act_routes(routes: APIRouter, store: Store, recipient: Callable[[], CallbackRecipient]) -> None:
    @routes.post("/customers/scan")
    def scan(body: bodies.Scan) -> dict[str, Any]:
        """Customers scan a contact code: the one named, or `count` new ones."""
        scanner = {"external_userid": body.external_userid, "name": body.name, "unionid": body.unionid}
        scanners = [{key: value for key, value in scanner.items() if value}] * body.count
        with _refusals(), store.transaction() as db:
            return {"added": people.scan(db, recipient(), body.config_id, scanners, body.seed)}

    @routes.post("/customers/delete")
    def part(body: bodies.Part) -> dict[str, bool]:
        """A customer deletes a member of staff, or the other way round."""
        with _refusals(), store.transaction() as db:
            people.part(db, recipient(), body.userid, body.external_userid, body.by)
        return {"ok": True}

    @routes.post("/customers/speak")
    def speak(body: bodies.Speak) -> dict[str, str]:
        """A customer writes to a member of staff."""
        with _refusals(), store.transaction() as db:
            return {"msgid": people.speak(db, recipient(), body.userid, body.external_userid, body.text)}

    @routes.post("/run")
    def run(body: bodies.Run | None = None) -> dict[str, int]:
        """Let staff confirm what is due now; with force, everything that is open."""
        request = body or bodies.Run()
        return confirm.run(store, request.force, False, request.userid, request.msgid)


def _time_routes(routes: APIRouter, store: Store) -> None:
    def shown() -> dict[str, Any]:
        now = store.now()
        return {"now": now, "china": china(now).isoformat(), "pinned": store.pinned}

    @routes.get("/clock")
    def clock() -> dict[str, Any]:
        """The simulated time."""
        return shown()

    @routes.post("/clock")
    def set_clock(body: bodies.Clock) -> dict[str, Any]:
        """Pin at `now` (epoch seconds or ISO with a zone), move by `move_s`, or go back to `real` time."""
        if body.real:
            store.run_clock()
        if body.now is not None:
            at = body.now
            if isinstance(at, str):
                moment = datetime.fromisoformat(at)
                if moment.tzinfo is None:
                    raise HTTPException(422, "now needs a zone")
                at = moment.timestamp()
            store.pin(at)
        if body.move_s:
            store.move(body.move_s)
        return shown()

    @routes.get("/limits")
    def limits() -> dict[str, Any]:
        """Every limit in force, with its unit and date."""
        return {
            name: {"value": store.limit(name), "unit": limit.unit, "dated": limit.dated, "about": limit.about}
            for name, limit in LIMITS.items()
        }

    @routes.post("/limits")
    def set_limits(body: dict[str, int]) -> dict[str, bool]:
        """Change limits by name."""
        try:
            store.set_limits(body)
        except KeyError as error:
            raise HTTPException(422, f"no limit {error}") from None
        return {"ok": True}

    @routes.post("/tokens/expire")
    def expire(body: bodies.Expire | None = None) -> dict[str, int]:
        """End every token's life (42001), or forget them (40014)."""
        with store.transaction() as db:
            if body is not None and body.forget:
                return {"tokens": db.execute("DELETE FROM tokens").rowcount}
            done = db.execute("UPDATE tokens SET expires_at = ? WHERE expires_at > ?", (store.now(), store.now()))
            return {"tokens": done.rowcount}


def _fault_routes(routes: APIRouter, store: Store) -> None:
    @routes.get("/faults")
    def faults() -> dict[str, Any]:
        """The scripted failures, with how many calls each saw and hit."""
        with store.transaction() as db:
            return {"faults": [dict(row) for row in db.execute("SELECT * FROM faults ORDER BY id")]}

    @routes.post("/faults")
    def add_fault(body: bodies.Fault) -> dict[str, int]:
        """Script a failure; answers its id."""
        with store.transaction() as db:
            done = db.execute(
                "INSERT INTO faults (path, timing, errcode, http_status, delay_s, dropped, times, rate, seed)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    body.path,
                    body.when,
                    body.errcode,
                    body.http_status,
                    body.delay_s,
                    int(body.drop),
                    body.times,
                    body.rate,
                    body.seed,
                ),
            )
            return {"id": done.lastrowid or 0}

    @routes.delete("/faults")
    def clear_faults() -> dict[str, int]:
        """Forget all scripted failures."""
        with store.transaction() as db:
            return {"faults": db.execute("DELETE FROM faults").rowcount}


def _callback_routes(
    routes: APIRouter, store: Store, deliverer: Deliverer, recipient: Callable[[], CallbackRecipient]
) -> None:
    @routes.post("/callback")
    async def configure(body: bodies.Callback) -> dict[str, Any]:
        """Set the receiver of callbacks (none with an empty url); with verify, push the GET with an echostr."""
        with store.transaction() as db:
            callbacks.configure(db, body.url, body.token, body.encoding_aes_key)
        return {"verified": await deliverer.verify() if body.verify else None}

    @routes.post("/events")
    def event(body: bodies.Event) -> dict[str, bool]:
        """Queue any event of the platform by its fields."""
        with store.transaction() as db:
            callbacks.tell(db, recipient(), body.event, body.change_type, body.fields)
        return {"ok": True}

    @routes.get("/callbacks")
    def log(last: int = 100) -> dict[str, Any]:
        """Counts by state, and the last ones in clear."""
        with store.transaction() as db:
            return callbacks.log(db, min(last, 10_000))

    @routes.post("/callbacks/flush")
    async def flush() -> dict[str, int]:
        """Push all pending ones now, repeats included, and answer when none is pending."""
        return await deliverer.deliver(hurry=True)

    @routes.post("/callbacks/replay")
    def replay(body: bodies.Replay) -> dict[str, int]:
        """Queue the last ones once more."""
        with store.transaction() as db:
            return {"queued": callbacks.replay(db, body.last)}


def _count_routes(routes: APIRouter, store: Store) -> None:
    @routes.get("/received")
    def listed(external_userid: str = "", chat_id: str = "", kind: str = "", after: int = 0) -> dict[str, Any]:
        """Receptions in order (kind: group_send or welcome), at most 10,000 after a row id."""
        with store.transaction() as db:
            return {"received": received.listed(db, external_userid, chat_id, kind, after)}

    @routes.get("/counts")
    def counts(kind: str = "", since: float = 0.0, until: float = 1e12) -> dict[str, int]:
        """customers, receivers, received, by_customer_max, duplicates, messages."""
        with store.transaction() as db:
            return received.counts(db, kind, since, until)

    @routes.get("/received/summary")
    def summary(kind: str = "", since: float = 0.0, until: float = 1e12) -> dict[str, Any]:
        """Receptions by hour and day of China Standard Time, in all and by customer."""
        with store.transaction() as db:
            return received.summary(db, kind, since, until)
