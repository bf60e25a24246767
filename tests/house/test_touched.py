"""`make quick` runs what a change can have broken."""

from tools import touched


def test_a_change_of_a_room_runs_the_tests_of_that_room() -> None:
    assert touched.tests_of(["siyu/audience/queries.py", "siyu/journeys/models.py", "README.md"]) == [
        "tests/rooms/audience",
        "tests/rooms/journeys",
    ]
    assert touched.tests_of(["tests/rooms/insight/conftest.py"]) == ["tests/rooms/insight"]
    assert touched.tests_of(["siyu/kit/db.py"]) == ["tests/rooms/facts"]
    assert touched.tests_of(["siyu/channels/adapters/__init__.py"]) == ["tests/contracts", "tests/rooms/channels"]


def test_rules_and_house_are_run_anyhow() -> None:
    assert touched.tests_of(["tests/house/test_docs.py", "tests/rules/test_crypto.py", "siyu/app.py"]) == []


def test_a_changed_story_or_crash_test_is_run_itself() -> None:
    assert touched.tests_of(["tests/stories/test_serve.py"]) == ["tests/stories/test_serve.py"]


def test_the_console_is_checked_only_when_it_changed() -> None:
    python = touched.goals_of(["siyu/platform/queries.py"])
    assert "touched" in python and not [goal for goal in python if "console" in goal or "pages" in goal]
    console = touched.goals_of(["console/src/main.tsx"])
    assert {"lint-console", "types-console"} <= set(console) and "touched" not in console


def test_the_development_server_forwards_to_the_api_that_make_dev_started() -> None:
    assert 'SIYU_API=f"http' in (touched.ROOT / "tools/dev.py").read_text()
    assert "process.env.SIYU_API" in (touched.ROOT / "console/vite.config.ts").read_text()
