"""The lake on an s3 store: the same relay, the same answers, no file on the machine."""

from pathlib import Path

import boto3
from moto.server import ThreadedMotoServer

from siyu.facts.catalogue.commerce import OrderPaid
from siyu.facts.lake import relay
from siyu.facts.lake.connection import Lake, Store
from siyu.facts.log.actions import Entry, record
from siyu.kit.db import Database
from tests.world import NOON


async def test_facts_reach_an_s3_lake(db: Database, database_url: str, tmp_path: Path) -> None:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    try:
        s3 = boto3.client(
            "s3",
            endpoint_url=f"http://{host}:{port}",
            aws_access_key_id="k",
            aws_secret_access_key="s",
            region_name="us-east-1",
        )
        s3.create_bucket(Bucket="qingxiang")
        lake = Lake(
            database_url, "s3://qingxiang/lake/", "1GB", 2, Store("k", "s", "us-east-1", f"{host}:{port}", False)
        )
        lake.open()
        async with db.transaction() as tx:
            facts = [OrderPaid(order=f"o{n}", amount=n, lines=1, source="t") for n in range(1000)]
            await record(tx, [Entry(1, fact, NOON, 1) for fact in facts], NOON)
        await relay.relay(db, lake)
        rows = await lake.rows("SELECT count(*), sum(amount) FROM lake.facts WHERE name = 'order_paid'")
        lake.close()
        assert rows == [(1000, 499_500)]
        keys = [item["Key"] for item in s3.list_objects_v2(Bucket="qingxiang")["Contents"]]
        assert any(key.endswith(".parquet") for key in keys)
    finally:
        server.stop()
