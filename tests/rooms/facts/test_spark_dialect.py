"""A compiled query in Spark's words, and what is said when Spark cannot run. No Java is needed here."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlglot
from sqlglot import exp

from siyu.facts.lake.connection import Store
from siyu.facts.spark import requirements
from siyu.facts.spark.dialect import Untranslatable, literal, to_spark
from siyu.facts.spark.requirements import NoSpark
from siyu.facts.spark.session import options
from siyu.insight.report import ReportKind, ReportRequest
from siyu.insight.reports import REPORTS
from siyu.insight.rules import params
from tests.rules.audience_worlds import NASTY

NOW = datetime(2026, 3, 18, 4, 0, tzinfo=UTC)


@pytest.mark.parametrize("text", [*NASTY, "it's \\' \\\\", "${env:HOME}", "a\nb\tc", "上海 🎈", ""])
def test_a_text_is_one_literal_whatever_is_in_it(text: str) -> None:
    translated = sqlglot.parse_one(to_spark("SELECT $1::VARCHAR AS t", [text]), read="spark")
    assert [node.this for node in translated.find_all(exp.Literal)] == [text]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "NULL"),
        (True, "TRUE"),
        (-7, "-7"),
        (18.5, "CAST('18.5' AS DOUBLE)"),
        (datetime(2026, 3, 18, 12, 0, 0, 1, tzinfo=UTC), "CAST('2026-03-18 12:00:00.000001' AS TIMESTAMP_NTZ)"),
        (date(2026, 3, 18), "CAST('2026-03-18' AS DATE)"),
        (["a", "it's"], "ARRAY('a', 'it\\'s')"),
    ],
)
def test_values_are_bound_as_what_they_are(value: Any, expected: str) -> None:
    assert literal(value).sql(dialect="spark") == expected


def test_a_value_of_a_strange_type_is_not_guessed_at() -> None:
    with pytest.raises(Untranslatable):
        to_spark("SELECT $1", [object()])


def test_a_function_without_an_equal_is_refused() -> None:
    with pytest.raises(Untranslatable, match="list_frobnicate"):
        to_spark("SELECT list_frobnicate(x) FROM lake.facts")


def test_quantiles_stay_exact() -> None:
    translated = to_spark("SELECT quantile_disc(r, [0.2, 0.4, 0.6, 0.8]) AS r FROM v")
    assert "APPROX" not in translated.upper()
    assert translated.count("SORT_ARRAY") == 1


def test_numbers_with_a_point_divide_as_in_duckdb() -> None:
    assert to_spark("SELECT a * 1.0 / nullif(b, 0) FROM v") == "SELECT a * CAST('1.0' AS DOUBLE) / NULLIF(b, 0) FROM v"


def test_tables_of_the_lake_are_views_under_their_old_names() -> None:
    translated = to_spark("SELECT facts.name FROM lake.facts JOIN lake.tags AS t USING (member_id)")
    assert translated == "SELECT facts.name FROM lake_facts AS facts JOIN lake_tags AS t USING (member_id)"


@pytest.mark.parametrize("kind", REPORTS, ids=lambda kind: kind.name)
def test_every_report_can_be_told_to_spark(kind: ReportKind) -> None:
    values = params.check(kind.params, {}, "Asia/Shanghai")
    as_of, window, previous = params.windows(values, "Asia/Shanghai", NOW)
    request = ReportRequest(1, "Asia/Shanghai", "CNY", as_of, window, previous if kind.compares else None, True, values)
    for query in kind.statements(request).values():
        translated = to_spark(query.sql, query.params)
        assert "APPROX" not in translated.upper()
        assert not list(sqlglot.parse_one(translated, read="spark").find_all(exp.Placeholder))


def test_without_java_the_words_say_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requirements, "find_spec", lambda name: object())
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(NoSpark) as refused:
        requirements.require()
    assert "apt-get install openjdk-17-jre-headless" in refused.value.detail
    assert "尚未安装 Java" in refused.value.detail_zh


def test_an_old_java_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requirements, "find_spec", lambda name: object())
    monkeypatch.setattr(requirements, "java_version", lambda: 11)
    with pytest.raises(NoSpark, match="Java is version 11"):
        requirements.require()


def test_without_the_extra_the_words_say_what_to_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requirements, "find_spec", lambda name: None)
    with pytest.raises(NoSpark, match="make spark"):
        requirements.require()


@pytest.mark.parametrize("master", ["", "locally", "spark:/host", "http://host", "local-cluster[2]"])
def test_what_is_no_master_is_refused(master: str) -> None:
    with pytest.raises(NoSpark, match="is not a master"):
        options(master, None, {})


@pytest.mark.parametrize(
    "master", ["local", "local[*]", "local-cluster[2,1,2048]", "spark://h:7077", "yarn", "k8s://h"]
)
def test_every_kind_of_master_passes(master: str) -> None:
    made = options(master, None, {"spark.executor.memory": "3g"})
    assert made["spark.executor.memory"] == "3g", "the caller's own settings win"
    assert ("spark.driver.bindAddress" in made) == master.startswith("local"), "a cluster must reach the driver"


def test_the_settings_of_an_s3_lake_are_those_of_spark() -> None:
    made = options("local", Store("key", "secret", "cn-north-1", "minio:9000", False), {})
    s3a = "spark.hadoop.fs.s3a."
    assert {name.removeprefix(s3a): value for name, value in made.items() if name.startswith(s3a)} == {
        "access.key": "key",
        "secret.key": "secret",
        "endpoint": "minio:9000",
        "endpoint.region": "cn-north-1",
        "path.style.access": "true",
        "connection.ssl.enabled": "false",
    }


def test_a_hint_for_duckdb_is_not_passed_on() -> None:
    translated = to_spark("WITH a AS MATERIALIZED (SELECT 1 AS x) SELECT x FROM a")
    assert translated == "WITH a AS (SELECT 1 AS x) SELECT x FROM a"
