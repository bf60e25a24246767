"""References by identity: tags, options and journeys have keys that stay, and one table says who uses what"""

import json
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"

GRAPHS = (
    ("audience_version", "tree", ("audience_id", "version")),
    ("journey", "draft", ("id",)),
    ("journey_version", "graph", ("journey_id", "version")),
    ("journey_trigger", "config", ("journey_id",)),
)
"""Where trees and graphs are kept: table, column, primary key."""
REFERRING = {"tag": ("tagged", "untagged"), "journey": ("journey_entered", "journey_exited", "journey_goal_reached")}
"""Which property of which facts holds the name of a thing."""


def upgrade() -> None:
    op.add_column("tag", sa.Column("key", sa.Text()))
    op.add_column("tag", sa.Column("former", sa.ARRAY(sa.Text()), server_default="{}", nullable=False))
    op.execute("UPDATE tag SET key = name")
    op.alter_column("tag", "key", nullable=False)
    op.create_unique_constraint(op.f("uq_tag_workspace_id_key"), "tag", ["workspace_id", "key"])
    op.add_column("journey", sa.Column("key", sa.Text()))
    op.execute("UPDATE journey SET key = name")
    op.alter_column("journey", "key", nullable=False)
    op.create_unique_constraint(op.f("uq_journey_workspace_id_key"), "journey", ["workspace_id", "key"])
    op.add_column("attribute", sa.Column("option_names", postgresql.JSONB(), server_default="{}", nullable=False))
    _create_tables()
    op.execute(
        "INSERT INTO thing_name (workspace_id, thing, key, label) SELECT workspace_id, 'journey', key, name FROM journey"
    )
    _rewrite(_keep)
    _number_templates()
    _state_uses()
    op.drop_table("audience_use")
    op.drop_table("template_use")


def _create_tables() -> None:
    op.create_table(
        "retired_tag_key",
        sa.Column("workspace_id", sa.Integer(), sa.ForeignKey("workspace.id"), primary_key=True),
        sa.Column("key", sa.Text(), primary_key=True),
    )
    op.create_table(
        "thing_use",
        sa.Column("workspace_id", sa.Integer(), sa.ForeignKey("workspace.id"), primary_key=True),
        sa.Column("thing", sa.Text(), primary_key=True),
        sa.Column("key", sa.Text(), primary_key=True),
        sa.Column("user_kind", sa.Text(), primary_key=True),
        sa.Column("used_by", sa.Text(), primary_key=True),
        sa.Column("label", sa.Text(), nullable=False),
    )
    op.create_index("ix_thing_use_user", "thing_use", ["workspace_id", "user_kind", "used_by"])
    op.create_table(
        "thing_name",
        sa.Column("workspace_id", sa.Integer(), sa.ForeignKey("workspace.id"), primary_key=True),
        sa.Column("thing", sa.Text(), primary_key=True),
        sa.Column("key", sa.Text(), primary_key=True),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("former", sa.ARRAY(sa.Text()), server_default="{}", nullable=False),
    )


def _rewrite(change: Callable[[Any], Any]) -> None:
    """Every tree and graph that is kept, with what it refers to changed."""
    connection = op.get_bind()
    for table, column, key in GRAPHS:
        for row in (
            connection.execute(sa.text(f"SELECT {', '.join(key)}, {column} AS graph FROM {table}")).mappings().all()
        ):
            changed = _map(row["graph"], change)
            if changed != row["graph"]:
                where = " AND ".join(f"{name} = :{name}" for name in key)
                connection.execute(
                    sa.text(f"UPDATE {table} SET {column} = CAST(:graph AS jsonb) WHERE {where}"),
                    {"graph": json.dumps(changed, ensure_ascii=False), **{name: row[name] for name in key}},
                )


def _map(node: Any, change: Callable[[Any], Any]) -> Any:
    """`node` with the names of tags and journeys changed, wherever conditions, tests and steps hold them."""
    if isinstance(node, list):
        return [_map(item, change) for item in node]
    if not isinstance(node, dict):
        return node
    mapped = {name: _map(value, change) for name, value in node.items()}
    if node.get("kind") == "tag":
        mapped |= {name: _each(node[name], change) for name in ("add", "remove") if name in node}
    if isinstance(node.get("tag"), dict):
        mapped["tag"] = {how: _each(names, change) for how, names in node["tag"].items()}
    if isinstance(node.get("journey"), dict) and "name" in node["journey"]:
        mapped["journey"] = {**mapped["journey"], "name": change(node["journey"]["name"])}
    if isinstance(node.get("where"), dict | list):
        mapped["where"] = _tests(node["where"], node.get("fact"), change)
    return mapped


def _tests(where: Any, fact: Any, change: Callable[[Any], Any]) -> Any:
    if isinstance(where, list):
        return [_tests(test, fact, change) for test in where]
    if not isinstance(where, dict) or fact not in REFERRING.get(str(where.get("prop")), ()):
        return where
    return {
        op_: _each(value, change) if op_ in ("is", "is_not", "in", "not_in", "contains") else value
        for op_, value in where.items()
    }


def _each(value: Any, change: Callable[[Any], Any]) -> Any:
    return [change(item) for item in value] if isinstance(value, list) else change(value)


def _keep(name: Any) -> Any:
    return {"key": name} if isinstance(name, str) else name


def _name(ref: Any) -> Any:
    return ref["key"] if isinstance(ref, dict) and ref.keys() == {"key"} else ref


def _number_templates() -> None:
    """Send steps named templates by name or by number; from now on by number."""
    connection = op.get_bind()
    numbers = {
        (row.workspace_id, row.name): str(row.id)
        for row in connection.execute(sa.text("SELECT workspace_id, id, name FROM template"))
    }
    select = """
        SELECT 'journey' AS tab, 'draft' AS col, id, 0 AS version, workspace_id, draft AS graph FROM journey
        UNION ALL SELECT 'journey_version', 'graph', v.journey_id, v.version, j.workspace_id, v.graph
        FROM journey_version v JOIN journey j ON j.id = v.journey_id
    """
    for row in connection.execute(sa.text(select)).all():
        nodes = row.graph.get("nodes") if isinstance(row.graph, dict) else None
        if not isinstance(nodes, dict):
            continue
        changed = {
            name: {**node, "template": numbers.get((row.workspace_id, str(node.get("template"))), node.get("template"))}
            if isinstance(node, dict) and node.get("kind") == "send"
            else node
            for name, node in nodes.items()
        }
        where = "id = :id" if row.tab == "journey" else "journey_id = :id AND version = :version"
        connection.execute(
            sa.text(
                f"UPDATE {row.tab} SET {row.col} = jsonb_set({row.col}, '{{nodes}}', CAST(:nodes AS jsonb)) WHERE {where}"
            ),
            {"nodes": json.dumps(changed, ensure_ascii=False), "id": row.id, "version": row.version},
        )


def _state_uses() -> None:
    """What audiences and journeys use, as far as it is kept by key, and what the two tables of uses say."""
    op.execute("""
        INSERT INTO thing_use (workspace_id, thing, key, user_kind, used_by, label)
        SELECT a.workspace_id, 'audience', CAST(u.audience_id AS text), u.kind, u.used_by, u.label
        FROM audience_use u JOIN audience a ON a.id = u.audience_id
        UNION SELECT t.workspace_id, 'template', CAST(u.template_id AS text), u.kind, u.used_by, u.label
        FROM template_use u JOIN template t ON t.id = u.template_id
    """)
    users = """
        SELECT a.workspace_id, 'audience' AS kind, a.id, a.label, v.tree AS graph FROM audience a
        JOIN audience_version v ON v.audience_id = a.id AND v.version = a.version
        UNION ALL SELECT workspace_id, 'journey', id, name, draft FROM journey WHERE state <> 'ended'
        UNION ALL SELECT j.workspace_id, 'journey', j.id, j.name, v.graph FROM journey j
        JOIN journey_version v ON v.journey_id = j.id WHERE j.state <> 'ended'
    """
    connection = op.get_bind()
    for row in connection.execute(sa.text(users)).all():
        for thing, key in _used(row.graph):
            connection.execute(
                sa.text("""
                    INSERT INTO thing_use (workspace_id, thing, key, user_kind, used_by, label)
                    VALUES (:workspace_id, :thing, :key, :kind, CAST(:id AS text), :label) ON CONFLICT DO NOTHING
                """),
                {**row._mapping, "thing": thing, "key": key, "graph": None},
            )
    _state_uses_of_templates(connection)


def _state_uses_of_templates(connection: sa.Connection) -> None:
    """Templates use the attributes that they name."""
    connection.execute(
        sa.text(r"""
            INSERT INTO thing_use (workspace_id, thing, key, user_kind, used_by, label)
            SELECT DISTINCT t.workspace_id, 'attribute', a.name, 'template', CAST(t.id AS text), t.name
            FROM template t JOIN template_version v ON v.template_id = t.id AND v.version = t.version
            JOIN attribute a ON a.workspace_id = t.workspace_id
            WHERE t.retired_at IS NULL AND (v.body || v.attachments::text) ~ ('member\.' || a.name || '(?![a-z0-9_])')
            UNION SELECT DISTINCT t.workspace_id, 'tag', g.key, 'template', CAST(t.id AS text), t.name
            FROM template t JOIN template_version v ON v.template_id = t.id AND v.version = t.version
            JOIN tag g ON g.workspace_id = t.workspace_id
            WHERE t.retired_at IS NULL AND v.body ~ 'member\.tags\s+contains'
              AND (position('"' || g.key || '"' IN v.body) > 0 OR position('''' || g.key || '''' IN v.body) > 0)
        """)
    )


def _used(node: Any) -> set[tuple[str, str]]:
    """(kind of thing, key) of what a tree or graph refers to by key, and the attributes and options that it tests."""
    if isinstance(node, list):
        return {thing for item in node for thing in _used(item)}
    if not isinstance(node, dict):
        return set()
    used = {thing for value in node.values() for thing in _used(value)}
    for name, value in node.items():
        thing = "tag" if name in ("tag", "add", "remove") else name if name == "journey" else None
        if thing is not None:
            used |= {(thing, key) for key in _keys(value)}
        if name == "where":
            used |= {(str(test.get("prop")), key) for test in _listed(value) for key in _keys(test)}
    profile = node.get("profile")
    if isinstance(profile, dict) and isinstance(profile.get("field"), str):
        field = profile["field"]
        used.add(("attribute", field))
        tested = [item for name, value in profile.items() if name != "field" for item in _listed(value)]
        used |= {("option", f"{field}={item}") for item in tested if isinstance(item, str)}
    return used


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _keys(value: Any) -> set[str]:
    if isinstance(value, list):
        return {key for item in value for key in _keys(item)}
    if not isinstance(value, dict):
        return set()
    if value.keys() == {"key"}:
        return {value["key"]}
    return {key for item in value.values() for key in _keys(item)}


def downgrade() -> None:
    op.create_table(
        "audience_use",
        sa.Column("audience_id", sa.Integer(), sa.ForeignKey("audience.id"), primary_key=True),
        sa.Column("kind", sa.Text(), primary_key=True),
        sa.Column("used_by", sa.Text(), primary_key=True),
        sa.Column("label", sa.Text(), nullable=False),
    )
    op.create_table(
        "template_use",
        sa.Column("template_id", sa.Integer(), sa.ForeignKey("template.id"), primary_key=True),
        sa.Column("kind", sa.Text(), primary_key=True),
        sa.Column("used_by", sa.Text(), primary_key=True),
        sa.Column("label", sa.Text(), nullable=False),
    )
    op.create_index("ix_template_use_user", "template_use", ["kind", "used_by"])
    for thing in ("audience", "template"):
        op.execute(
            f"INSERT INTO {thing}_use ({thing}_id, kind, used_by, label) "
            f"SELECT CAST(key AS int), user_kind, used_by, label FROM thing_use WHERE thing = '{thing}'"
        )
    _rewrite(_name)
    op.drop_table("thing_name")
    op.drop_table("thing_use")
    op.drop_table("retired_tag_key")
    op.drop_column("attribute", "option_names")
    op.drop_constraint(op.f("uq_journey_workspace_id_key"), "journey")
    op.drop_column("journey", "key")
    op.drop_constraint(op.f("uq_tag_workspace_id_key"), "tag")
    op.drop_column("tag", "former")
    op.drop_column("tag", "key")
