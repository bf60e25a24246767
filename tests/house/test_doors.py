"""Routes state their permission; personal columns say how they are erased; models equal migrations; the client is current."""

import json
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, get_args

import psycopg
import pytest
from alembic import command
from alembic.config import Config
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import BaseModel

from siyu.app import METADATA, ROOMS, SUBSCRIBERS, TIMERS
from siyu.facts.catalogue import CATALOGUE
from siyu.facts.catalogue.fact import Prop, props_of
from siyu.facts.installation import MIGRATIONS
from siyu.kit.db import Base
from siyu.kit.settings import Settings
from siyu.platform.rules import PERMISSIONS, ROLES
from siyu.web.app import create_app

ROOT = Path(__file__).parents[2]
APP = create_app(ROOMS, Settings(), None, None)


def routes_of(routes: Iterable[Any]) -> Iterator[APIRoute]:
    """The application's own routes, those of included routers too."""
    for route in routes:
        if isinstance(route, APIRoute):
            yield route
        elif hasattr(route, "original_router"):
            yield from routes_of(route.original_router.routes)


ROUTES = list(routes_of(APP.routes))


def accesses(dependant: Dependant) -> Iterator[str]:
    for inner in dependant.dependencies:
        name = getattr(inner.call, "access", None)
        if name:
            yield name
        yield from accesses(inner)


@pytest.mark.parametrize("route", ROUTES, ids=lambda r: f"{sorted(r.methods)[0]} {r.path}")
def test_every_route_states_its_permission_or_says_public(route: APIRoute) -> None:
    assert list(accesses(route.dependant)), f"{route.path} states no permission"


def test_every_route_of_one_member_asks_whose_customer_it_is() -> None:
    """A host reaches the customers connected with them: `allow_member`, on whatever names a member in its address."""

    def asks(dependant: Dependant) -> bool:
        return any(getattr(inner.call, "of_member", False) or asks(inner) for inner in dependant.dependencies)

    of_member = [route for route in ROUTES if "{member_id}" in route.path]
    assert len(of_member) >= 16
    assert [route.path for route in of_member if not asks(route.dependant)] == []


def test_every_permission_is_used_by_a_route_and_held_by_a_role() -> None:
    used = {name.removeprefix("allow ") for route in ROUTES for name in accesses(route.dependant)}
    assert set(PERMISSIONS) - used == set()
    assert set(PERMISSIONS) == set().union(*ROLES.values())


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """The models that a body is made of."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
        for field in annotation.model_fields.values():
            yield from models_in(field.annotation)
    for inner in get_args(annotation):
        yield from models_in(inner)


def test_every_request_body_refuses_fields_that_there_are_not() -> None:
    tolerant = {
        model.__name__
        for route in ROUTES
        for body in route.dependant.body_params
        for model in models_in(body.field_info.annotation)
        if model.model_config.get("extra") != "forbid"
    }
    assert tolerant == set(), "let them inherit siyu.kit.http.Body"


PERSONAL = re.compile(r"^(phone|email|address|name|value|masked|attributes|content|body|props|external_userid)$")
NOT_PERSONAL = {
    "tag.name",
    "tag_group.name",
    "audience.name",
    "journey.name",
    "template.name",
    "workspace.name",
    "attribute.name",
    "channel_account.name",
    "api_key.name",
    "account_user.name",
    "account_user.email",
    "fact.name",
    "template_version.body",
}


def test_every_personal_column_says_how_it_is_erased() -> None:
    missing = [
        f"{table.name}.{column.name}"
        for table in METADATA.sorted_tables
        for column in table.columns
        if PERSONAL.match(column.name)
        and f"{table.name}.{column.name}" not in NOT_PERSONAL
        and "personal" not in column.info
    ]
    assert missing == []


def test_only_the_owners_write_a_table() -> None:
    """INSERT, UPDATE and DELETE name tables of the file's own room, in its actions or jobs."""
    owner = {mapper.local_table.name: mapper.class_.__module__.split(".")[1] for mapper in _mappers()}
    wrong = []
    for file in sorted((ROOT / "siyu").rglob("*.py")):
        room = file.relative_to(ROOT / "siyu").parts[0]
        for verb in re.finditer(r"\b(?:INSERT INTO|DELETE FROM|UPDATE)\s+([a-z_]+)\b", file.read_text()):
            table = verb.group(1)
            if table in owner and owner[table] != room and room not in ("simulators", "migrations"):
                wrong.append(f"{file.relative_to(ROOT)} writes {table} of {owner[table]}")
    assert wrong == []


def _mappers() -> Iterator[Any]:
    yield from Base.registry.mappers


def test_models_equal_migrations(postgres: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["url"] = postgres
    command.check(config)


def test_the_schema_can_be_taken_down_and_put_up_again(postgres: str) -> None:
    name = "updown"
    with psycopg.connect(postgres.replace("/siyu?", "/postgres?"), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name}")
        connection.execute(f"CREATE DATABASE {name}")
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["url"] = postgres.replace("/siyu?", f"/{name}?")
    command.upgrade(config, "head")
    command.check(config)


def test_the_generated_client_is_current(tmp_path: Path) -> None:
    """The console's client as `make client` would write it now equals the one in the tree."""
    document, client = tmp_path / "openapi.json", tmp_path / "schema.d.ts"
    document.write_text(json.dumps(APP.openapi(), ensure_ascii=False, indent=1, sort_keys=True))
    node = Path(sys.executable).with_name("node")
    generator = ROOT / "console/node_modules/openapi-typescript/bin/cli.js"
    subprocess.run([node, generator, document, "-o", client], check=True, capture_output=True)
    assert client.read_text() == (ROOT / "console/src/api/schema.d.ts").read_text(), "run `make client`"


def test_every_fact_has_words_and_labelled_properties() -> None:
    for kind in CATALOGUE:
        assert kind.label.zh and kind.label.en, kind.__name__
        labelled = {
            name for name, field in kind.model_fields.items() if any(isinstance(m, Prop) for m in field.metadata)
        }
        assert labelled == set(kind.model_fields), kind.__name__
        assert all(spec.label.zh and spec.label.en for spec in props_of(kind))


def test_names_of_subscribers_and_timers_are_their_own() -> None:
    names = [subscriber.name for subscriber in SUBSCRIBERS] + [timer.name for timer in TIMERS]
    assert len(names) == len(set(names))


def test_the_import_contracts_hold() -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports")], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
