"""A file of the kind of the recipe is previewed and imported by the API."""

from datetime import timedelta

import httpx
from sqlalchemy import text

from siyu.imports.runs import jobs
from tests.world import NOON, Shop

ROWS = "客户编号\nm0\nnobody\n"


async def test_a_file_of_the_kind_comes_in(shop: Shop, client: httpx.AsyncClient) -> None:
    await shop.members(2, created_at=NOON - timedelta(days=9))
    files = {"file": ("退订.csv", ROWS.encode(), "text/csv")}
    uploaded = (await client.post("/api/v1/uploads", files=files)).json()
    mapping = {
        "kind": "opt_outs",
        "source": "crm",
        "columns": {"member": {"column": "客户编号", "identity": "external_id"}},
        "rules": {"channel": "email"},
    }
    body = {"file": uploaded["file"], "kind": "opt_outs", "mapping": mapping}
    started = await client.post("/api/v1/imports", json=body)
    assert started.status_code == 201, started.text
    await jobs.run_import(shop.db, started.json()["id"], NOON)
    done = (await client.get(f"/api/v1/imports/{started.json()['id']}")).json()
    assert (done["state"], done["rows_refused"]) == ("done", 1), done
    async with shop.db.transaction() as tx:
        rows = await tx.execute(text("SELECT channel, state FROM consent"))
        assert [tuple(row) for row in rows] == [("email", "withdrawn")]
