"""The endpoints for programs over HTTP, and the examples of docs/api.md against a running app."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import urllib.error
import urllib.request
from typing import Any

import pytest
from gradio_client import Client

from neo_assistant import openapi
from neo_assistant.api_types import Answer, ChatAnswer, Failure
from neo_assistant.ui.api import ENDPOINTS
from tests.neo_assistant.conftest import PROJECT, RunningApp

DOCUMENT = (PROJECT / "docs" / "api.md").read_text(encoding="utf-8")
ADDRESS = "http://127.0.0.1:7860"
SLOW_MACHINE = {"timeout": 60}


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", DOCUMENT, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def client(running_app: RunningApp) -> Client:
    return Client(running_app.url, verbose=False, httpx_kwargs=SLOW_MACHINE)


def post(url: str, body: Any) -> tuple[int, Any]:
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read())


def get(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=60) as answer:
        return json.loads(answer.read())


def test_the_python_examples_of_the_document_run(running_app: RunningApp, capsys: pytest.CaptureFixture[str]) -> None:
    examples = blocks("python")
    assert len(examples) == 5
    assert ADDRESS in examples[0]
    names: dict[str, Any] = {"more": {"httpx_kwargs": SLOW_MACHINE}}
    outputs = []
    for example in examples:
        example = example.replace(f'"{ADDRESS}", verbose=False', f'"{running_app.url}", verbose=False, **more')
        exec(compile(example, "docs/api.md", "exec"), names)
        outputs.append(capsys.readouterr().out)
    assert outputs[0].splitlines()[0] == "1 MUG-1 Mug number 1 $12.50"
    assert outputs[0].splitlines()[-1] == "['under $20'] 4"
    assert outputs[1] == "['MUG-1', 'MUG-2', 'MUG-4']\n"
    assert "['Mug number 1']" in outputs[2]
    assert outputs[3].splitlines()[-1].startswith("complete")
    assert outputs[4] == "no product on sale has the brand 'Claywrok' did you mean 'Claywork'? brands\n"
    ChatAnswer.model_validate(names["second"])


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl")
def test_the_shell_example_of_the_document_runs(running_app: RunningApp) -> None:
    [example] = blocks("sh")
    assert ADDRESS in example
    script = example.replace(ADDRESS, running_app.url)
    finished = subprocess.run(["bash", "-ec", script], capture_output=True, text=True, timeout=120)
    assert finished.returncode == 0, finished.stderr
    found = re.search(r"^event: complete\ndata: (.*)$", finished.stdout, re.MULTILINE)
    assert found is not None
    [answer] = json.loads(found[1])
    assert [product["sku"] for product in Answer.model_validate(answer).model_dump()["products"]] == ["MUG-1"]


def test_the_answer_of_the_document_is_one() -> None:
    [example] = blocks("json")
    assert list(json.loads(example)) == list(Answer.model_fields)
    Answer.model_validate(json.loads(example))


def test_nothing_but_the_endpoints_is_listed(running_app: RunningApp) -> None:
    for query in ("", "?all_endpoints=true"):
        listed = get(f"{running_app.url}/gradio_api/info{query}")
        assert list(listed["named_endpoints"]) == [f"/{name}" for name in ENDPOINTS]
        assert listed["unnamed_endpoints"] == {}


def test_the_openapi_document_names_what_is_there(running_app: RunningApp) -> None:
    document = get(f"{running_app.url}{openapi.PATH}")
    schemas = document["components"]["schemas"]
    referred = set(re.findall(r"#/components/schemas/(\w+)", json.dumps(document)))
    assert referred <= set(schemas)
    assert "sql" not in json.dumps(document)
    assert [path.split("/")[-1] for path in document["paths"] if "/v2/" in path] == list(ENDPOINTS)
    for path, operations in document["paths"].items():
        if "post" in operations:
            body = operations["post"]["requestBody"]["content"]["application/json"]["schema"]
            assert body
            assert post(f"{running_app.url}{path}", {})[0] == 200


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, None),
        ({"request": 5}, None),
        ({"request": {"text": "a", "conditions": {"sql": "1 = 1"}}}, "conditions.sql"),
        ({"request": {"text": "a\x00"}}, "text"),
        ({"request": {"text": "\ud800"}}, "text"),
    ],
)
def test_what_is_wrong_is_told_as_json(running_app: RunningApp, body: Any, field: str | None) -> None:
    status, event = post(f"{running_app.url}/gradio_api/call/v2/recommend", body)
    assert status == 200
    with urllib.request.urlopen(
        f"{running_app.url}/gradio_api/call/recommend/{event['event_id']}", timeout=60
    ) as answer:
        stream = answer.read().decode()
    [failure] = json.loads(stream.split("data: ")[-1])
    assert Failure.model_validate(failure).error.field == field


def test_calls_that_fit_no_endpoint_are_mistakes_of_the_caller(running_app: RunningApp) -> None:
    url = f"{running_app.url}/gradio_api/call/v2"
    status, told = post(f"{url}/recommend", {"request": {"text": "a"}, "colour": "blue"})
    assert (status, told["error"]["hint"]) == (400, "it takes request")
    status, told = post(f"{url}/buy", {})
    assert status == 404
    assert told["error"]["message"] == "there is no such endpoint"
    assert post(f"{url}/recommend", [])[0] == 422
    file = {"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}}
    assert post(f"{url}/recommend", {"request": {"text": "a", "history": [file]}})[0] == 400


def test_one_conversation_is_not_anothers(client: Client) -> None:
    first = client.predict(message="a mug", api_name="/chat")
    other = client.predict(message="a boot", api_name="/chat")
    assert first["conversation_id"] != other["conversation_id"]
    refused = client.predict(message="a boot", conversation_id="0" * 36, api_name="/chat")
    assert refused == {
        "error": {
            "message": "there is no such conversation",
            "hint": "leave the id out to begin one",
            "field": "conversation_id",
        }
    }


def test_a_stream_ends_with_the_whole_answer(client: Client) -> None:
    answers = list(client.submit(message="a mug", api_name="/chat_stream"))
    assert answers[0]["status"] != "complete"
    assert ChatAnswer.model_validate(answers[-1]).status == "complete"
    assert len({answer["conversation_id"] for answer in answers}) == 1
