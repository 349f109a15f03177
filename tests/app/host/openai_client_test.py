#!/usr/bin/env python3
"""The port as OpenAI's own client sees it.

    openai_client_test.py ALCOVE_CLI

Exits with 77 (skipped) where the starter models or the clients are missing.
"""
import base64
import concurrent.futures
import json
import struct
import sys
from pathlib import Path

import engine_process
from engine_process import CHAT_MODEL, EMBEDDING_MODEL, Checks, Engine, wait_until

RANK_MODEL = "bert-rank"  # tiny, random weights
QUESTIONS = ["What is the capital of France?", "Name three colours.", "Count from one to ten.",
             "Why is the sky blue?"]


def chat(client, question, **options):
    options = {"temperature": 0, "max_tokens": 40, **options}
    return client.chat.completions.create(
        model=CHAT_MODEL, messages=[{"role": "user", "content": question}], **options)


def text_of(stream):
    return "".join(c.choices[0].delta.content or "" for c in stream if c.choices)


def answers(client, checks):
    alone = {q: chat(client, q).choices[0].message.content for q in QUESTIONS}
    checks.that("Paris" in alone[QUESTIONS[0]], "the capital:", alone[QUESTIONS[0]])
    for q in QUESTIONS:
        streamed = text_of(chat(client, q, stream=True))
        checks.that(streamed == alone[q], "streamed:", repr(streamed), "whole:", repr(alone[q]))
    with concurrent.futures.ThreadPoolExecutor(12) as pool:
        many = list(pool.map(lambda q: (q, chat(client, q).choices[0].message.content),
                             QUESTIONS * 3))
    for q, text in many:
        checks.that(text == alone[q], "in company:", repr(text), "alone:", repr(alone[q]))

    first = chat(client, QUESTIONS[3] + " Explain.", max_tokens=8)
    again = chat(client, QUESTIONS[3] + " Explain.", max_tokens=8)
    checks.that(first.choices[0].finish_reason == "length", first.choices[0].finish_reason)
    checks.that(first.usage.completion_tokens == 8, first.usage)
    checks.that(again.usage.prompt_tokens_details.cached_tokens ==
                again.usage.prompt_tokens - 1, again.usage)
    checks.that(first.choices[0].message.content == again.choices[0].message.content)


def options(client, checks):
    whole = chat(client, "Count from one to ten.", max_tokens=60).choices[0].message.content
    cut = chat(client, "Count from one to ten.", max_tokens=60, stop=[whole[10:14], "@@@"])
    checks.that(cut.choices[0].message.content == whole[:whole.find(whole[10:14])],
                "stop:", repr(cut.choices[0].message.content), "of", repr(whole))
    checks.that(cut.choices[0].finish_reason == "stop", cut.choices[0].finish_reason)

    several = chat(client, "Invent a name.", temperature=1.5, n=3, seed=7, max_tokens=12)
    texts = [choice.message.content for choice in several.choices]
    checks.that(len(set(texts)) > 1, "choices:", texts)
    more = chat(client, "Invent a name.", temperature=1.5, n=3, seed=7, max_tokens=12)
    checks.that(texts == [choice.message.content for choice in more.choices], "seed:", texts)

    told = chat(client, "Say yes.", logprobs=True, top_logprobs=3, max_tokens=5).choices[0]
    for entry in told.logprobs.content:
        checks.that(len(entry.top_logprobs) == 3, entry)
        checks.that(entry.top_logprobs[0].token == entry.token, "greedy:", entry)
        checks.that(entry.top_logprobs[0].logprob >= entry.top_logprobs[1].logprob, entry)
        checks.that(-50 < entry.logprob <= 0, entry)
    joined = b"".join(bytes(entry.bytes) for entry in told.logprobs.content).decode()
    checks.that(joined.startswith(told.message.content), joined, told.message.content)

    banned = told.logprobs.content[0].token
    ids = client.completions.create(model=CHAT_MODEL, prompt="One two three", max_tokens=3,
                                    temperature=0, logprobs=2)
    checks.that(len(ids.choices[0].logprobs.tokens) == 3, ids.choices[0].logprobs)
    checks.that("".join(ids.choices[0].logprobs.tokens) == ids.choices[0].text, ids.choices[0])
    checks.that(banned is not None)


SCHEMA = {"type": "object", "additionalProperties": False, "required": ["name", "age", "tags"],
          "properties": {"name": {"type": "string", "maxLength": 20},
                         "age": {"type": "integer", "minimum": 0, "maximum": 150},
                         "tags": {"type": "array", "maxItems": 3,
                                  "items": {"enum": ["red", "green", "blue"]}}}}
TOOL = {"type": "function", "function": {
    "name": "get_weather", "description": "The weather of a city.",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}},
                   "required": ["city"]}}}
# What a model would write that calls the tool: the starter model is too small to do it unasked.
CALL = 'root ::= "<tool_call>\\n{\\"name\\": \\"get_weather\\", \\"arguments\\": ' \
       '{\\"city\\": \\"Paris\\"}}\\n</tool_call>"'


def structured(openai, client, checks):
    form = {"type": "json_schema", "json_schema": {"name": "person", "schema": SCHEMA}}
    for seed in range(5):
        told = chat(client, "Invent a person.", response_format=form, temperature=1.2, seed=seed,
                    max_tokens=200).choices[0]
        person = json.loads(told.message.content)
        checks.that(told.finish_reason == "stop", told)
        checks.that(set(person) == {"name", "age", "tags"} and 0 <= person["age"] <= 150 and
                    len(person["name"]) <= 20 and len(person["tags"]) <= 3, person)
    streamed = text_of(chat(client, "Invent a person.", response_format=form, stream=True,
                            max_tokens=200))
    checks.that(json.loads(streamed)["age"] >= 0, streamed)
    thing = chat(client, "Describe a house.", response_format={"type": "json_object"},
                 max_tokens=400, temperature=0.5, seed=1).choices[0]
    if thing.finish_reason == "stop":
        checks.that(isinstance(json.loads(thing.message.content), dict), thing)
    yes = chat(client, "Is snow black?", extra_body={"grammar": 'root ::= "yes" | "no"'})
    checks.that(yes.choices[0].message.content in ("yes", "no"), yes)
    for bad in ({"grammar": "root ::= ("}, {"response_format": {"type": "yaml"}},
                {"response_format": {"type": "json_schema", "json_schema": {"schema": 5}}}):
        try:
            chat(client, "x", extra_body=bad)
            checks.that(False, bad, "was answered")
        except openai.BadRequestError:
            checks.that(True)


def tools(client, checks):
    asked = {"tools": [TOOL], "extra_body": {"grammar": CALL}, "max_tokens": 60}
    told = chat(client, "What is the weather in Paris?", **asked).choices[0]
    checks.that(told.finish_reason == "tool_calls", told)
    call = told.message.tool_calls[0]
    checks.that(call.function.name == "get_weather", call)
    checks.that(json.loads(call.function.arguments) == {"city": "Paris"}, call)
    name, arguments = "", ""
    for chunk in chat(client, "What is the weather in Paris?", stream=True, **asked):
        for part in chunk.choices[0].delta.tool_calls or []:
            name += part.function.name or ""
            arguments += part.function.arguments or ""
    checks.that(name == "get_weather" and json.loads(arguments) == {"city": "Paris"}, name,
                arguments)
    result = client.chat.completions.create(
        model=CHAT_MODEL, temperature=0, max_tokens=20, tools=[TOOL],
        messages=[{"role": "user", "content": "What is the weather in Paris?"},
                  told.message.model_dump(exclude_none=True),
                  {"role": "tool", "tool_call_id": call.id, "content": "18 degrees, rain"}])
    checks.that(result.choices[0].message.content, result)
    none = chat(client, "What is the weather in Paris?", tool_choice="none", **asked).choices[0]
    checks.that(not none.message.tool_calls and "<tool_call>" in none.message.content, none)


BOOKING = {"type": "function", "function": {
    "name": "book_room", "description": "Books a room.", "strict": True,
    "parameters": {"type": "object", "additionalProperties": False,
                   "required": ["city", "nights", "kind"],
                   "properties": {"city": {"type": "string", "minLength": 1, "maxLength": 12},
                                  "nights": {"type": "integer", "minimum": 1, "maximum": 30},
                                  "kind": {"enum": ["single", "double"]},
                                  "notes": {"type": ["string", "null"], "maxLength": 10}}}}}
SCHEMAS = {"book_room": BOOKING["function"]["parameters"],
           "get_time": {"type": "object", "properties": {
               "zone": {"type": "string", "pattern": "^[A-Z]{3,4}$"}}, "required": ["zone"]}}
CLOCK = {"type": "function", "function": {"name": "get_time", "parameters": SCHEMAS["get_time"]}}
NAMED = {"type": "function", "function": {"name": "book_room"}}


def forced_calls(openai, client, checks):
    """Whatever the model would rather say: the call is made, and obeys the tool's schema."""
    made = []

    def call(**options):
        told = chat(client, "I would like to stay in Rome.", tools=[BOOKING, CLOCK],
                    max_tokens=300, **options).choices[0]
        checks.that(told.message.tool_calls, told)
        several = options.get("parallel_tool_calls", True) and options["tool_choice"] == "required"
        # A small model may go on calling until its tokens are spent.
        checks.that(told.finish_reason == "tool_calls" or several, told)
        for one in told.message.tool_calls or []:
            made.append((SCHEMAS[one.function.name], one.function.arguments))
        return [one.function.name for one in told.message.tool_calls or []]

    for seed in range(6):
        warmth = {"temperature": 1.3, "seed": seed}
        checks.that(call(tool_choice=NAMED, **warmth) == ["book_room"], "named")
        checks.that(len(call(tool_choice="required", parallel_tool_calls=False, **warmth)) == 1,
                    "one call")
    call(tool_choice="required")
    name, arguments = "", ""
    for chunk in chat(client, "A room in Rome!", stream=True, tools=[BOOKING], max_tokens=300,
                      tool_choice="required", parallel_tool_calls=False):
        for part in chunk.choices[0].delta.tool_calls or [] if chunk.choices else []:
            name += part.function.name or ""
            arguments += part.function.arguments or ""
    made.append((SCHEMAS[name], arguments))
    form = {"type": "json_schema", "json_schema": {"name": "person", "schema": SCHEMA}}
    for seed in range(4):  # a call, or an answer of the form
        told = chat(client, "A room in Rome!", tools=[BOOKING], response_format=form, seed=seed,
                    temperature=1.2, max_tokens=300, parallel_tool_calls=False).choices[0].message
        checks.that(bool(told.content) != bool(told.tool_calls), told)
        made.append((SCHEMA, told.content) if told.content else
                    (SCHEMAS["book_room"], told.tool_calls[0].function.arguments))
    complaint = engine_process.check_answers(made)
    checks.that(not complaint, complaint)
    checks.that(len(made) >= 18, made)
    for bad in ({"tool_choice": {"type": "function", "function": {"name": "nothing"}}},
                {"tool_choice": "sometimes"}, {"tool_choice": "required", "tools": []},
                {"tool_choice": "required", "response_format": {"type": "json_object"}},
                {"tools": [{"type": "function", "function": {
                    "name": "f", "strict": True, "parameters": {
                        "type": "object", "not": {"required": ["x"]}}}}]}):
        try:
            chat(client, "x", **{"tools": [BOOKING], **bad})
            checks.that(False, bad, "was answered")
        except openai.BadRequestError:
            checks.that(True)


def responses(openai, client, checks):
    asked = {"model": CHAT_MODEL, "temperature": 0, "max_output_tokens": 40}
    alone = chat(client, QUESTIONS[0]).choices[0].message.content
    whole = client.responses.create(input=QUESTIONS[0], **asked)
    checks.that(whole.output_text == alone, repr(whole.output_text), repr(alone))
    checks.that(whole.status in ("completed", "incomplete") and whole.object == "response", whole)
    checks.that(whole.usage.input_tokens > 5 and whole.usage.total_tokens ==
                whole.usage.input_tokens + whole.usage.output_tokens, whole.usage)
    items = client.responses.create(
        instructions="Be brief.", **asked,
        input=[{"role": "user", "content": [{"type": "input_text", "text": "Hello"}]},
               {"role": "assistant", "content": [{"type": "output_text", "text": "Hi."}]},
               {"type": "message", "role": "user", "content": QUESTIONS[1]}])
    same = client.chat.completions.create(
        model=CHAT_MODEL, temperature=0, max_tokens=40,
        messages=[{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hello"},
                  {"role": "assistant", "content": "Hi."},
                  {"role": "user", "content": QUESTIONS[1]}]).choices[0].message.content
    checks.that(items.output_text == same, repr(items.output_text), repr(same))

    kinds, text = [], ""
    with client.responses.stream(input=QUESTIONS[0], **asked) as stream:
        for number, event in enumerate(stream):
            kinds.append(event.type)
            checks.that(event.sequence_number == number or not hasattr(event, "item_id"), event)
            if event.type == "response.output_text.delta":
                text += event.delta
        final = stream.get_final_response() if "response.completed" in kinds else None
    checks.that(text == alone and kinds[:2] == ["response.created", "response.in_progress"], kinds)
    checks.that(kinds[-1] in ("response.completed", "response.incomplete"), kinds)
    checks.that(final is None or final.output_text == alone, final)
    for kind in ("output_item.added", "content_part.added", "output_text.done",
                 "content_part.done", "output_item.done"):
        checks.that(kinds.count("response." + kind) == 1, kind, kinds)
    cut = client.responses.create(input="Tell a long story.", **{**asked, "max_output_tokens": 3})
    checks.that(cut.status == "incomplete" and
                cut.incomplete_details.reason == "max_output_tokens", cut)

    tools = [{"type": "function", **tool["function"]} for tool in (BOOKING, CLOCK)]
    made = []
    for seed in range(3):
        called = client.responses.create(
            model=CHAT_MODEL, input="A room in Rome!", tools=tools, tool_choice="required",
            parallel_tool_calls=False, temperature=1.2, max_output_tokens=300,
            extra_body={"seed": seed})
        call = called.output[-1]
        checks.that(call.type == "function_call" and called.status == "completed", called)
        made.append((SCHEMAS[call.name], call.arguments))
    checks.that(not engine_process.check_answers(made), made)
    after = client.responses.create(
        previous_response_id=called.id, tools=tools, **asked,
        input=[{"type": "function_call_output", "call_id": call.call_id, "output": "done"}])
    checks.that(after.output and after.usage.input_tokens > called.usage.input_tokens, after)
    by_hand = client.responses.create(
        tools=tools, **asked,
        input=[{"role": "user", "content": "A room in Rome!"}, call.model_dump(exclude_none=True),
               {"type": "function_call_output", "call_id": call.call_id, "output": "done"}])
    checks.that(by_hand.output_text == after.output_text, by_hand.output_text, after.output_text)
    arguments = ""
    with client.responses.stream(model=CHAT_MODEL, input="What time is it?", tools=[tools[1]],
                                 tool_choice={"type": "function", "name": "get_time"},
                                 max_output_tokens=300) as stream:
        for event in stream:
            if event.type == "response.function_call_arguments.delta":
                arguments += event.delta
        final = stream.get_final_response()
    checks.that(final.output[0].arguments == arguments, final.output, arguments)
    checks.that(not engine_process.check_answers([(SCHEMAS["get_time"], arguments)]), arguments)

    form = {"format": {"type": "json_schema", "name": "person", "schema": SCHEMA}}
    person = client.responses.create(model=CHAT_MODEL, input="Invent a person.", text=form,
                                     max_output_tokens=300, temperature=1)
    checks.that(not engine_process.check_answers([(SCHEMA, person.output_text)]), person)

    checks.that(client.responses.retrieve(whole.id).output_text == alone, "retrieve")
    client.responses.delete(whole.id)
    unkept = client.responses.create(input="Hi", store=False, **asked)
    for id_ in (whole.id, unkept.id):
        try:
            client.responses.create(input="x", previous_response_id=id_, **asked)
            checks.that(False, "went on with what is not kept")
        except openai.NotFoundError as error:
            checks.that(error.code == "previous_response_not_found", error)
    for bad in ({"tools": [{"type": "web_search"}]}, {"background": True}, {"input": []},
                {"input": [{"role": "user", "content": [{"type": "input_image"}]}]},
                {"truncation": "auto"}, {"reasoning": {"effort": "much"}}):
        try:
            client.responses.create(**{"input": "x", **asked, **bad})
            checks.that(False, bad, "was answered")
        except openai.BadRequestError:
            checks.that(True)


def rerank(engine, client, checks):
    def asked(**body):
        status, answer, _ = engine.request("POST", "/v1/rerank", body)
        return status, json.loads(answer)

    documents = ["The dog barks at night.", "Paris is the capital of France.",
                 {"text": "Bread is made of flour."}]
    status, told = asked(model=EMBEDDING_MODEL, query="What is France's capital?",
                         documents=documents, return_documents=True)
    checks.that(status == 200 and [r["index"] for r in told["results"]][0] == 1, told)
    scores = [result["relevance_score"] for result in told["results"]]
    checks.that(len(scores) == 3 and scores == sorted(scores, reverse=True), told)
    checks.that(told["results"][0]["document"]["text"] == documents[1], told)
    vectors = [entry.embedding for entry in client.embeddings.create(
        model=EMBEDDING_MODEL, input=["What is France's capital?", documents[1]]).data]
    cosine = sum(a * b for a, b in zip(*vectors))
    checks.that(abs(cosine - scores[0]) < 1e-3, cosine, scores)
    status, told = asked(query="bread", documents=documents, top_n=1)
    checks.that(status == 200 and [r["index"] for r in told["results"]] == [2] and
                "document" not in told["results"][0], told)
    # A model with a head for it says how likely each is, whatever stands beside it.
    texts = ["one two", "three", "four five six"]
    status, told = asked(model=RANK_MODEL, query="two", documents=texts)
    checks.that(status == 200 and len(told["results"]) == 3, told)
    scores = [result["relevance_score"] for result in told["results"]]
    checks.that(scores == sorted(scores, reverse=True) and all(0 < s < 1 for s in scores), told)
    for result in told["results"]:
        _, alone = asked(model=RANK_MODEL, query="two", documents=[texts[result["index"]]])
        checks.that(abs(alone["results"][0]["relevance_score"] - result["relevance_score"]) < 1e-5,
                    alone, result)
    for bad in ({"model": CHAT_MODEL}, {"documents": []}, {"documents": [3]}, {"top_n": 0},
                {"query": None}):
        status, told = asked(**{"query": "x", "documents": ["y"], "model": EMBEDDING_MODEL, **bad})
        checks.that(status == 400 and told["error"]["message"], bad, told)


def embeddings(client, checks):
    texts = ["a cat sits on the mat", "the dog barks"]
    plain = client.embeddings.create(model=EMBEDDING_MODEL, input=texts,
                                     encoding_format="float")
    packed = client.embeddings.create(model=EMBEDDING_MODEL, input=texts,
                                      encoding_format="base64")
    for one, other in zip(plain.data, packed.data):
        raw = base64.b64decode(other.embedding)
        values = struct.unpack(f"<{len(raw) // 4}f", raw)
        checks.that(len(one.embedding) == 384, len(one.embedding))
        checks.that(max(abs(a - b) for a, b in zip(one.embedding, values)) < 1e-6, "base64")
        checks.that(abs(sum(a * a for a in values) - 1) < 1e-4, "norm")


def refusals(openai, engine, client, checks):
    def error(call):
        try:
            call()
        except openai.APIStatusError as refused:
            return refused.status_code, refused.code
        return None, None

    checks.that(error(lambda: client.chat.completions.create(
        model="no-such-model", messages=[{"role": "user", "content": "x"}])) ==
        (404, "model_not_found"), "unknown model")
    checks.that(error(lambda: chat(client, "x", temperature=-1))[0] == 400, "temperature")
    checks.that(error(lambda: chat(client, "word " * 20000)) ==
                (400, "context_length_exceeded"), "too long")
    wrong = openai.OpenAI(base_url=engine.url + "/v1", api_key="wrong", max_retries=0)
    checks.that(error(lambda: chat(wrong, "x")) == (401, "invalid_api_key"), "key")


def disconnects(client, engine, checks):
    before = engine.metric("requests_cancelled_total")
    for _ in range(5):
        stream = chat(client, "Tell a very long story.", stream=True, max_tokens=4000,
                      extra_body={"ignore_eos": True})
        next(iter(stream))
        stream.close()
    wait_until(lambda: engine.metric("requests_cancelled_total") == before + 5, "cancelled work")
    wait_until(lambda: engine.metric("requests_working") == 0, "freed work")


def main():
    engine_process.run_with_clients()
    import openai
    checks = Checks()
    engine = Engine(sys.argv[1])
    key = Path(engine.folder.name) / "key"
    key.write_text(" secret\n")
    engine.options = ("--key-file", key)
    engine.link_tiny_model(RANK_MODEL)
    with engine:
        engine_request = engine.request
        for sent, status in (("bearer secret", 200), ("Bearer Secret", 401), ("secret", 401)):
            checks.that(engine_request("GET", "/v1/models", None, {"Authorization": sent})[0] == status,
                        sent)
        engine.request = lambda method, path, body=None, headers=None: engine_request(
            method, path, body, {"Authorization": "Bearer secret", **(headers or {})})
        engine.import_embedding_model()
        client = openai.OpenAI(base_url=engine.url + "/v1", api_key="secret", max_retries=0)
        names = [model.id for model in client.models.list().data]
        checks.that(CHAT_MODEL in names, names)
        checks.that(client.models.retrieve(CHAT_MODEL).id == CHAT_MODEL)
        answers(client, checks)
        options(client, checks)
        structured(openai, client, checks)
        tools(client, checks)
        forced_calls(openai, client, checks)
        responses(openai, client, checks)
        rerank(engine, client, checks)
        embeddings(client, checks)
        refusals(openai, engine, client, checks)
        disconnects(client, engine, checks)
    checks.finish()


if __name__ == "__main__":
    main()
