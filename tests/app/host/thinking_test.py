#!/usr/bin/env python3
"""Thoughts through all three APIs: on, off, with a budget, and before an answer that has a form.

    thinking_test.py ALCOVE_CLI

The starter model does not think; a copy of it whose template opens a thought takes all it says for
one, and never ends it. Exits with 77 (skipped) where the starter models or the clients are missing.
"""
import json
import struct
import sys
from pathlib import Path

import engine_process
from engine_process import CHAT_MODEL, Checks, Engine, check_answers

THINKER = "Thinker"
TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n"
    "{% if enable_thinking is defined and not enable_thinking %}<think>\n\n</think>\n\n"
    "{% else %}<think>\n{% endif %}{% endif %}")
QUESTION = [{"role": "user", "content": "Why is the sky blue?"}]
SCHEMA = {"type": "object", "required": ["sure"], "additionalProperties": False,
          "properties": {"sure": {"type": "boolean"}}}


def write_thinker(models):
    """The same model with another template, of the same length."""
    source = (models / f"{CHAT_MODEL}.gguf").read_bytes()
    key = b"tokenizer.chat_template"
    at = source.index(key) + len(key) + 4  # behind the value's type
    length = struct.unpack_from("<Q", source, at)[0]
    template = TEMPLATE.encode()
    padding = length - len(template)
    assert padding == 0 or padding >= 4, padding
    template += b"{#" + b" " * (padding - 4) + b"#}" if padding else b""
    begin = at + 8
    (models / f"{THINKER}.gguf").write_bytes(source[:begin] + template + source[begin + length:])


def openai_client(engine, checks):
    import openai
    client = openai.OpenAI(base_url=engine.url + "/v1", api_key="none", max_retries=0)

    def ask(**more):
        return client.chat.completions.create(
            model=THINKER, messages=QUESTION, **{"temperature": 0, "max_tokens": 60, **more})

    def thought(told):
        return getattr(told.choices[0].message, "reasoning_content", None)

    free = ask()
    checks.that(thought(free) and not free.choices[0].message.content, free)
    checks.that(free.usage.completion_tokens_details.reasoning_tokens > 10, free.usage)
    for off in ({"reasoning_effort": "none"}, {"extra_body": {"thinking_budget": 0}},
                {"extra_body": {"chat_template_kwargs": {"enable_thinking": False}}}):
        told = ask(**off)
        checks.that(not thought(told) and told.choices[0].message.content, off, told)
    told = ask(extra_body={"thinking_budget": 12})
    checks.that(thought(told) and told.choices[0].message.content, told)
    checks.that(free.choices[0].message.reasoning_content.startswith(thought(told)), told, free)
    checks.that(told.usage.completion_tokens_details.reasoning_tokens <= 13, told.usage)
    streamed = {"reasoning_content": "", "content": ""}
    for chunk in ask(stream=True, extra_body={"thinking_budget": 12}):
        delta = chunk.choices[0].delta.model_dump() if chunk.choices else {}
        for kind in streamed:
            streamed[kind] += delta.get(kind) or ""
    checks.that(streamed["reasoning_content"] == thought(told), streamed, told)
    checks.that(streamed["content"] == told.choices[0].message.content, streamed, told)

    form = {"type": "json_schema", "json_schema": {"name": "x", "schema": SCHEMA}}
    plain = ask(response_format=form)
    checks.that(not thought(plain), plain)
    behind = ask(response_format=form, extra_body={"thinking_budget": 10})
    checks.that(thought(behind), behind)
    texts = [(SCHEMA, told.choices[0].message.content) for told in (plain, behind)]
    checks.that(not check_answers(texts), texts)
    tool = {"type": "function", "function": {"name": "judge", "parameters": SCHEMA}}
    called = ask(tools=[tool], tool_choice="required", parallel_tool_calls=False,
                 extra_body={"thinking_budget": 10}).choices[0].message
    checks.that(called.reasoning_content and called.tool_calls[0].function.name == "judge", called)
    loop = ask(max_tokens=600, logit_bias={"260": 100})  # one word, again and again
    checks.that(thought(loop) and loop.choices[0].message.content, "a loop is cut:", loop)

    told = client.responses.create(model=THINKER, input=QUESTION, temperature=0,
                                   max_output_tokens=60, extra_body={"thinking_budget": 12})
    checks.that([item.type for item in told.output] == ["reasoning", "message"], told)
    kinds = []
    with client.responses.stream(model=THINKER, input=QUESTION, temperature=0,
                                 max_output_tokens=60,
                                 extra_body={"thinking_budget": 12}) as stream:
        kinds = [event.type for event in stream]
    checks.that("response.reasoning_text.delta" in kinds and "response.output_text.delta" in kinds,
                kinds)


def anthropic_client(engine, checks):
    import anthropic
    client = anthropic.Anthropic(base_url=engine.url, api_key="none", max_retries=0)

    def ask(**more):
        return client.messages.create(model=THINKER, max_tokens=60, messages=QUESTION,
                                      extra_body={"temperature": 0}, **more)

    told = ask(thinking={"type": "enabled", "budget_tokens": 12})
    checks.that([block.type for block in told.content] == ["thinking", "text"], told)
    off = ask(thinking={"type": "disabled"})
    checks.that([block.type for block in off.content] == ["text"], off)
    with client.messages.stream(model=THINKER, max_tokens=60, messages=QUESTION,
                                extra_body={"temperature": 0},
                                thinking={"type": "enabled", "budget_tokens": 12}) as stream:
        final = stream.get_final_message()
    checks.that([block.type for block in final.content] == ["thinking", "text"], final)
    checks.that(final.content[0].thinking == told.content[0].thinking, final, told)


def ollama_client(engine, checks):
    import ollama
    client = ollama.Client(host=engine.url)
    settings = {"temperature": 0, "num_predict": 60}
    told = client.chat(THINKER, QUESTION, think=True, options=settings)
    checks.that(told.message.thinking and not told.message.content, told)
    told = client.chat(THINKER, QUESTION, think=False, options=settings)
    checks.that(not told.message.thinking and told.message.content, told)
    told = client.generate(THINKER, QUESTION[0]["content"], think=True, options=settings)
    checks.that(told.thinking and not told.response, told)
    told = client.generate(THINKER, QUESTION[0]["content"], think=False, options=settings)
    checks.that(not told.thinking and told.response, told)


def main():
    engine_process.run_with_clients()
    checks = Checks()
    engine = Engine(sys.argv[1])
    write_thinker(Path(engine.environment["ALCOVE_MODELS"]))
    with engine:
        openai_client(engine, checks)
        anthropic_client(engine, checks)
        ollama_client(engine, checks)
    checks.finish()


if __name__ == "__main__":
    main()
