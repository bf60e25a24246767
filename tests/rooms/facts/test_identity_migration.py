"""What is kept by name in an older database is carried over to keys, and back."""

import json
from typing import Any

import psycopg
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from siyu.facts.installation import MIGRATIONS

TREE = {
    "all": [
        {"tag": {"any": ["VIP", "没了"]}},
        {"not": {"did": {"fact": "tagged", "where": [{"prop": "tag", "in": ["VIP"]}]}}},
    ]
}
GRAPH: dict[str, Any] = {
    "trigger": {"kind": "fact", "fact": "untagged", "where": [{"prop": "tag", "is": "VIP"}]},
    "start": "n1",
    "nodes": {
        "n1": {"kind": "tag", "add": ["VIP"], "remove": [], "next": {"done": "n2"}},
        "n2": {"kind": "send", "channel": "webhook", "template": "你好", "next": {}},
        "n3": {"kind": "branch", "branches": [{"key": "b", "tree": {"journey": {"name": "旅程", "did": "entered"}}}]},
    },
}


def _config(url: str) -> tuple[Config, str]:
    """Alembic's settings, and the version before keys."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["url"] = url
    scripts = ScriptDirectory.from_config(config).walk_revisions()
    (script,) = [script for script in scripts if "references_by_identity" in script.path]
    return config, str(script.down_revision)


def test_names_become_keys_and_uses_are_written_down(database_url: str) -> None:
    config, before = _config(database_url)
    command.downgrade(config, before)
    with psycopg.connect(database_url, autocommit=True) as connection:
        for statement in (
            "INSERT INTO tag_group (workspace_id, name, kind, owner, exclusive, created_at) VALUES (1, 'g', 'manual', '', false, now())",
            "INSERT INTO tag (workspace_id, group_id, name, created_at) VALUES (1, 1, 'VIP', now())",
            "INSERT INTO attribute (workspace_id, name, label, type, created_at) VALUES (1, 'level', 'l', 'text', now())",
            "INSERT INTO template (workspace_id, name, channel, version, created_by, created_at) VALUES (1, '你好', 'webhook', 1, 'x', now())",
            """INSERT INTO template_version VALUES (1, 1, '{{ member.level }}{% if member.tags contains "VIP" %}x{% endif %}', '[]', 'x', now())""",
            "INSERT INTO audience (workspace_id, name, label, version, created_by, created_at) VALUES (1, 'a', 'A', 1, 'x', now())",
            "INSERT INTO audience_use VALUES (1, 'journey', '1', '旅程')",
        ):
            connection.execute(statement.encode())
        connection.execute("INSERT INTO audience_version VALUES (1, 1, %s, 'x', now())", [json.dumps(TREE)])
        connection.execute(
            "INSERT INTO journey (workspace_id, name, draft, state, version, created_by, created_at, changed_at) "
            "VALUES (1, '旅程', %s, 'live', 1, 'x', now(), now())",
            [json.dumps(GRAPH)],
        )
        connection.execute("INSERT INTO journey_version VALUES (1, 1, %s, 'x', now())", [json.dumps(GRAPH)])
    command.upgrade(config, "head")
    vip, journey = {"key": "VIP"}, {"key": "旅程"}
    with psycopg.connect(database_url) as connection:
        (tree,) = connection.execute("SELECT tree FROM audience_version").fetchone() or ()
        ((draft,), (graph,)) = connection.execute(
            "SELECT draft FROM journey UNION ALL SELECT graph FROM journey_version"
        ).fetchall()
        uses = connection.execute("SELECT thing, key, user_kind, label FROM thing_use ORDER BY 1, 2, 3").fetchall()
    assert tree["all"][0] == {"tag": {"any": [vip, {"key": "没了"}]}}
    assert tree["all"][1]["not"]["did"]["where"] == [{"prop": "tag", "in": [vip]}]
    assert draft == graph
    assert graph["trigger"]["where"] == [{"prop": "tag", "is": vip}]
    assert graph["nodes"]["n1"]["add"] == [vip] and graph["nodes"]["n2"]["template"] == "1"
    assert graph["nodes"]["n3"]["branches"][0]["tree"]["journey"]["name"] == journey
    assert uses == [
        ("attribute", "level", "template", "你好"),
        ("audience", "1", "journey", "旅程"),
        ("journey", "旅程", "journey", "旅程"),
        ("tag", "VIP", "audience", "A"),
        ("tag", "VIP", "journey", "旅程"),
        ("tag", "VIP", "template", "你好"),
        ("tag", "没了", "audience", "A"),
    ]
    command.downgrade(config, before)
    with psycopg.connect(database_url) as connection:
        assert connection.execute("SELECT tree FROM audience_version").fetchone() == (TREE,)
