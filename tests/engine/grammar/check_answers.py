#!/usr/bin/env python3
"""Reads lines of {"schema": …, "answer": "…"}: prints every answer that is not valid JSON, or not
valid by its schema, and last how many there were; exit status 1 if any was not valid."""
import json
import sys

from jsonschema import Draft202012Validator


def refuse_constant(name):
    raise ValueError(f"{name} is no JSON")


def complaint(schema, answer):
    try:
        value = json.loads(answer, parse_constant=refuse_constant)
    except ValueError as error:
        return f"not JSON: {error}"
    validator = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
    return "; ".join(f"{error.json_path}: {error.message}" for error in validator.iter_errors(value))


def main():
    count = wrong = 0
    with open(sys.argv[1], encoding="utf-8") as lines:
        for line in lines:
            entry = json.loads(line)
            count += 1
            why = complaint(entry["schema"], entry["answer"])
            if why:
                wrong += 1
                print(f"{json.dumps(entry['schema'])}\n  {entry['answer']}\n  {why}")
    print(f"{count} answers, {wrong} not valid")
    return 1 if wrong or not count else 0


if __name__ == "__main__":
    sys.exit(main())
