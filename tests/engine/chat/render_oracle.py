#!/usr/bin/env python3
"""Renders every template of a folder with every conversation, by jinja2 set up as transformers sets
it up, and writes what came out, or how it failed, as JSON: {template: {conversation: {…}}}.

render_oracle.py TEMPLATES CONVERSATIONS.json OUT.json"""
import datetime
import functools
import json
import pathlib
import sys

import jinja2
import jinja2.ext
import jinja2.sandbox

# The time that strftime_now sees; the test gives the same to ours.
NOW = datetime.datetime(2025, 3, 9, 14, 5, 7)


class AssistantTracker(jinja2.ext.Extension):
    """{% generation %}: renders its body as a call block."""

    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        return jinja2.nodes.CallBlock(self.call_method("_support"), [], [], body).set_lineno(line)

    def _support(self, caller):
        return caller()


class Raised(jinja2.exceptions.TemplateError):
    """By raise_exception, whose message has to arrive."""


def raise_exception(message):
    raise Raised(message)


def tojson(x, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
    return json.dumps(
        x, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys
    )


class CallableDict:
    def __call__(self, *args, **kwargs):
        return dict(*args, **kwargs)


class PublicNamespace(jinja2.utils.Namespace):
    """Refuses names that begin with an underscore."""

    def __init__(*args, **kwargs):
        self, args = args[0], args[1:]
        attributes = dict(*args, **kwargs)
        for name in attributes:
            PublicNamespace._check(name)
        jinja2.utils.Namespace.__init__(self, attributes)

    def __setitem__(self, name, value):
        PublicNamespace._check(name)
        jinja2.utils.Namespace.__setitem__(self, name, value)

    @staticmethod
    def _check(name):
        if isinstance(name, str) and name.startswith("_"):
            raise jinja2.exceptions.SecurityError(f"underscore attribute {name!r}")


def environment():
    env = jinja2.sandbox.ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[AssistantTracker, jinja2.ext.loopcontrols]
    )
    env.filters["tojson"] = tojson
    env.globals["raise_exception"] = raise_exception
    env.globals["strftime_now"] = lambda form: NOW.strftime(form)
    env.globals["dict"] = CallableDict()
    env.globals["namespace"] = PublicNamespace
    return env


@functools.lru_cache(maxsize=1)
def compiled(env, source):
    return env.from_string(source)


def render(env, source, given):
    """{"text": …}, or {"error": …, "raised": whether raise_exception said so}."""
    variables = {
        "messages": given.get("messages", []),
        "tools": given.get("tools"),
        "documents": None,
        "add_generation_prompt": given.get("add_generation_prompt", True),
        "bos_token": given.get("bos_token", "<s>"),
        "eos_token": given.get("eos_token", "</s>"),
    }
    if "enable_thinking" in given:
        variables["enable_thinking"] = given["enable_thinking"]
    variables.update(given.get("extra", {}))
    try:
        return {"text": compiled(env, source).render(**variables)}
    except Raised as error:
        return {"error": str(error), "raised": True}
    except Exception as error:  # whatever Python says, ours has to fail as well
        return {"error": f"{type(error).__name__}: {error}", "raised": False}


def main():
    folder, conversations, out = map(pathlib.Path, sys.argv[1:])
    env = environment()
    cases = json.loads(conversations.read_text(encoding="utf-8"))
    result = {}
    for path in sorted(folder.glob("*.jinja")):
        source = path.read_bytes().decode("utf-8")
        result[path.name] = {case["name"]: render(env, source, case) for case in cases}
    out.write_text(json.dumps(result, ensure_ascii=False), encoding="utf-8")


if __name__ == "__main__":
    main()
