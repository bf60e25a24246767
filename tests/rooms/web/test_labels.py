"""The one place of labels: complete, in both languages, and not sent twice."""

import httpx


async def test_every_label_has_both_languages(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/labels")
    assert answer.status_code == 200
    for name, labels in answer.json().items():
        assert labels, name
        assert all(text["zh"] and text["en"] for text in labels.values()), name


async def test_labels_that_the_browser_has_are_not_sent_again(client: httpx.AsyncClient) -> None:
    first = await client.get("/api/v1/labels")
    again = await client.get("/api/v1/labels", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    assert again.content == b""
