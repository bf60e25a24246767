"""The simulator itself: it survives a kill, fails on request, and obeys only this machine."""

import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from siyu.simulators.wecom import Settings, Store, create_app
from siyu.simulators.wecom.limits import LIMITS

from .conftest import Sim


def start(store: Path, port: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "siyu.simulators.wecom", "--port", str(port), "--store", str(store)]
    process = subprocess.Popen(command)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            httpx.get(f"http://127.0.0.1:{port}/sim/clock", trust_env=False)
            return process
        except httpx.HTTPError:
            time.sleep(0.05)
    process.kill()
    raise AssertionError("did not start")


def test_a_kill_loses_nothing_that_was_answered(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings, store = Settings(), tmp_path / "wecom.db"
    keys = {"corpid": settings.corp_id, "corpsecret": settings.secrets[0]}
    process = start(store, port)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as http:
            http.post("/sim/staff", json={"staff": [{"userid": "li"}]})
            http.post("/sim/limits", json={"attachments": 4})
            http.post("/sim/clock", json={"now": "2025-10-15T12:00:00+08:00"})
            ids = http.post("/sim/customers", json={"count": 3_000, "userids": ["li"]}).json()["external_userids"]
            query = {"access_token": http.get("/cgi-bin/gettoken", params=keys).json()["access_token"]}
            body = {"external_userid": ids, "text": {"content": "hi"}}
            http.post("/cgi-bin/externalcontact/add_msg_template", params=query, json=body)
            assert http.post("/sim/run").json()["sent"] == 3_000
        process.send_signal(signal.SIGKILL)
        process.wait()
        process = start(store, port)
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as http:
            assert http.get("/sim/counts").json()["received"] == 3_000
            assert http.get("/sim/limits").json()["attachments"]["value"] == 4
            assert http.get("/sim/clock").json()["china"] == "2025-10-15T12:00:00+08:00"
            assert http.get("/cgi-bin/externalcontact/list", params={**query, "userid": "li"}).json()["errcode"] == 0
            assert http.post("/sim/run").json()["sent"] == 0
    finally:
        process.kill()
        process.wait()


def test_faults_follow_their_seed(sim: Sim) -> None:
    def outcomes(seed: int) -> list[int]:
        sim.http.delete("/sim/faults")
        sim.post("faults", path="externalcontact/*tag*", errcode=45033, rate=0.3, seed=seed)
        return [sim.call("externalcontact/get_corp_tag_list")["errcode"] for _ in range(40)]

    first = outcomes(1)
    assert 3 <= first.count(45033) <= 22
    assert set(first) == {0, 45033}
    assert outcomes(1) == first
    assert sim.get("faults")["faults"][0]["seen"] == 40


async def test_only_this_machine_may_steer() -> None:
    app = create_app(Store())
    for address, status in (("10.0.0.7", 403), ("127.0.0.1", 200)):
        transport = httpx.ASGITransport(app, client=(address, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://sim") as http:
            assert (await http.get("/sim/clock")).status_code == status
            assert (await http.get("/cgi-bin/department/list")).json()["errcode"] == 41001


def test_a_reset_leaves_an_empty_corp(sim: Sim) -> None:
    sim.post("limits", attachments=1)
    sim.post("faults", errcode=-1)
    sim.post("reset")
    assert sim.get("counts")["customers"] == 0
    assert sim.get("limits")["attachments"]["value"] == 9
    assert sim.get("clock")["pinned"] is False
    assert sim.get("faults")["faults"] == []


def test_misspelt_steering_is_refused(sim: Sim) -> None:
    assert sim.http.post("/sim/run", json={"forced": True}).status_code == 422
    assert sim.http.post("/sim/limits", json={"no_such": 1}).status_code == 422
    unknown = sim.http.post("/sim/customers", json={"customers": [{"userid": "nobody"}]})
    assert unknown.json()["detail"]["errcode"] == 40003


def test_staff_who_need_no_asking_confirm_by_themselves(sim: Sim) -> None:
    sim.post("staff/behaviour", auto=True)
    sim.call("externalcontact/add_msg_template", external_userid=["wm_an"], text={"content": "hi"})
    deadline = time.monotonic() + 20
    while not sim.received_by("wm_an"):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_generated_people_are_the_same_for_a_seed() -> None:
    from siyu.simulators.wecom.people import simulated_name

    assert [simulated_name(1, n) for n in range(50)] == [simulated_name(1, n) for n in range(50)]
    assert len({simulated_name(1, n) for n in range(50)}) > 40


@pytest.mark.parametrize("limit", LIMITS)
def test_every_limit_says_its_unit(limit: str) -> None:
    assert LIMITS[limit].unit
    assert LIMITS[limit].about
