#!/usr/bin/env python3
"""The port as Anthropic's and Ollama's own clients see it: both say what OpenAI's API says.

    other_clients_test.py ALCOVE_CLI

Exits with 77 (skipped) where the starter models or the clients are missing.
"""
import json
import sys

import engine_process
from engine_process import CHAT_MODEL, EMBEDDING_MODEL, Checks, Engine, check_answers

QUESTION = [{"role": "user", "content": "What is the capital of France?"}]
SYSTEM = "You answer in one short sentence."


def reference(engine, messages):
    status, body, _ = engine.request("POST", "/v1/chat/completions", {
        "model": CHAT_MODEL, "messages": messages, "temperature": 0, "max_tokens": 30})
    assert status == 200, body
    return json.loads(body)["choices"][0]["message"]["content"]


def anthropic_client(engine, checks):
    import anthropic
    client = anthropic.Anthropic(base_url=engine.url, api_key="none", max_retries=0)
    wanted = reference(engine, [{"role": "system", "content": SYSTEM}, *QUESTION])
    asked = {"model": CHAT_MODEL, "max_tokens": 30, "system": SYSTEM, "messages": QUESTION,
             "extra_body": {"temperature": 0}}
    whole = client.messages.create(**asked)
    checks.that(whole.content[0].text == wanted, repr(whole.content), repr(wanted))
    checks.that(whole.stop_reason in ("end_turn", "max_tokens"), whole.stop_reason)
    checks.that(whole.usage.input_tokens + whole.usage.cache_read_input_tokens > 10, whole.usage)
    with client.messages.stream(**asked) as stream:
        text = "".join(stream.text_stream)
        final = stream.get_final_message()
    checks.that(text == wanted, "streamed:", repr(text))
    checks.that(final.stop_reason == whole.stop_reason, final.stop_reason)
    checks.that(final.usage.output_tokens == whole.usage.output_tokens, final.usage)

    parts = [{"role": "user", "content": [{"type": "text", "text": QUESTION[0]["content"]}]}]
    again = client.messages.create(**{**asked, "messages": parts})
    checks.that(again.content[0].text == wanted, "parts:", repr(again.content))
    stop = wanted[5:9]
    cut = client.messages.create(**asked, stop_sequences=[stop])
    checks.that(cut.stop_reason == "stop_sequence" and cut.stop_sequence == stop, cut)
    counted = client.messages.count_tokens(model=CHAT_MODEL, system=SYSTEM, messages=QUESTION)
    checks.that(counted.input_tokens == whole.usage.input_tokens +
                whole.usage.cache_read_input_tokens, counted, whole.usage)
    tool = {"name": "get_weather", "description": "The weather of a city.", "input_schema": {
        "type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}}
    told = client.messages.create(**{**asked, "max_tokens": 20}, tools=[tool])
    checks.that(told.content[0].type in ("text", "tool_use"), told)
    talk = [*QUESTION, {"role": "assistant", "content": [
        {"type": "text", "text": "I will look."},
        {"type": "tool_use", "id": "toolu_1", "name": "get_weather", "input": {"city": "Paris"}}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "toolu_1",
                                      "content": "18 degrees"}]}]
    told = client.messages.create(**{**asked, "messages": talk}, tools=[tool])
    checks.that(told.content, told)
    shape = {"type": "object", "required": ["city", "days"], "additionalProperties": False,
             "properties": {"city": {"type": "string", "maxLength": 8},
                            "days": {"type": "integer", "minimum": 1, "maximum": 9}}}
    forecast = {"name": "forecast", "input_schema": shape}
    made = []
    for choice in ({"type": "any", "disable_parallel_tool_use": True},
                   {"type": "tool", "name": "forecast"}):
        told = client.messages.create(
            **{**asked, "max_tokens": 200, "extra_body": {"temperature": 1.2, "seed": 3}},
            tools=[forecast], tool_choice=choice)
        checks.that([block.type for block in told.content] == ["tool_use"], told)
        checks.that(told.stop_reason == "tool_use", told)
        made.append((shape, json.dumps(told.content[0].input)))
    checks.that(not check_answers(made), made)
    for change, status in (({"model": "nothing"}, 404), ({"tool_choice": {"type": "any"}}, 400),
                           ({"tool_choice": {"type": "most"}}, 400),
                           ({"thinking": {"type": "enabled"}}, 400), ({"max_tokens": 0}, 400),
                           ({"extra_body": {"temperature": -3}}, 400)):
        try:
            client.messages.create(**{**asked, **change})
            checks.that(False, change, "was answered")
        except anthropic.APIStatusError as error:
            checks.that(error.status_code == status, change, error)


def ollama_client(engine, checks):
    import ollama
    client = ollama.Client(host=engine.url)
    wanted = reference(engine, QUESTION)
    settings = {"temperature": 0, "num_predict": 30}
    whole = client.chat(CHAT_MODEL, QUESTION, options=settings)
    checks.that(whole.message.content == wanted, repr(whole.message.content), repr(wanted))
    checks.that(whole.done and whole.done_reason in ("stop", "length"), whole)
    checks.that(whole.eval_count > 0 and whole.eval_duration > 0, whole)
    text = "".join(piece.message.content
                   for piece in client.chat(CHAT_MODEL, QUESTION, options=settings, stream=True))
    checks.that(text == wanted, "streamed:", repr(text))
    made = client.generate(CHAT_MODEL, QUESTION[0]["content"], options=settings)
    checks.that(made.response == wanted, "generate:", repr(made.response))
    raw = client.generate(CHAT_MODEL + ":latest", "One two three", raw=True,
                          options={"temperature": 0, "num_predict": 3})
    checks.that(raw.eval_count == 3 and raw.done_reason == "length", raw)
    shape = {"type": "object", "properties": {"city": {"type": "string", "maxLength": 12}},
             "required": ["city"], "additionalProperties": False}
    told = client.chat(CHAT_MODEL, QUESTION, format=shape, options={**settings, "num_predict": 60})
    checks.that(set(json.loads(told.message.content)) == {"city"}, told)
    told = client.generate(CHAT_MODEL, "Paris is", format=shape,
                           options={**settings, "num_predict": 60})
    checks.that(set(json.loads(told.response)) == {"city"}, told)
    # Its client has no word for it, but the port does as OpenAI's.
    tool = {"type": "function", "function": {"name": "find", "parameters": shape}}
    status, body, _ = engine.request("POST", "/api/chat", {
        "model": CHAT_MODEL, "messages": QUESTION, "tools": [tool], "stream": False,
        "tool_choice": "required", "parallel_tool_calls": False, "options": {"num_predict": 90}})
    call = json.loads(body)["message"]["tool_calls"][0]["function"]
    checks.that(status == 200 and call["name"] == "find" and set(call["arguments"]) == {"city"},
                body)
    checks.that(CHAT_MODEL in [model.model for model in client.list().models], client.list())
    vectors = client.embed(EMBEDDING_MODEL, ["a cat", "a dog"]).embeddings
    checks.that([len(vector) for vector in vectors] == [384, 384], "embed")
    try:
        client.chat("nothing", QUESTION)
        checks.that(False, "an unknown model was answered")
    except ollama.ResponseError as error:
        checks.that(error.status_code == 404, error)
    picture = ["iVBORw0KGgo="]
    for path, more in (("/api/generate", {"prompt": "What is this?", "images": picture}),
                       ("/api/chat", {"messages": [{**QUESTION[0], "images": picture}]})):
        status, body, _ = engine.request("POST", path, {"model": CHAT_MODEL, **more})
        checks.that(status == 400 and "text alone" in json.loads(body)["error"], path, status, body)


def main():
    engine_process.run_with_clients()
    checks = Checks()
    with Engine(sys.argv[1]) as engine:
        engine.import_embedding_model()
        anthropic_client(engine, checks)
        ollama_client(engine, checks)
    checks.finish()


if __name__ == "__main__":
    main()
