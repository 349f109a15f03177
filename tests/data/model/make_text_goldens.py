"""Makes smollm2.json: greedy texts and a perplexity that llama.cpp computes with SmolLM2 Q4_1.

usage: python make_text_goldens.py SmolLM2-135M-Instruct.Q4_1.gguf
(needs llama-cpp-python 0.3.36, gguf, numpy)

For each prompt: its tokens, and a step for each of the 40 tokens that follow when the likeliest is
always taken (or fewer, up to the end of the answer): [likeliest, second likeliest, distance of their
logits, the same distance exactly]. The last one is what llama.cpp computes with the same weights
written out as F32, that is without rounding activations to 8 bits. `noise` says how far the two lie
apart over all steps: a step decided by less, in either way of computing, may go the other way and is
no error. The mean loss (its exponential is the perplexity) is that of the repository's LICENSE in
windows of 512 tokens that do not overlap: the mean of the negative logarithms of the probabilities
of all tokens but the first of a window, and of those in its second half.
"""

import json
import sys
import tempfile
from pathlib import Path

import gguf
import numpy as np

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent / "support"))
from llama_cpp_oracle import Oracle  # noqa: E402

STEPS = 40
WINDOW = 512
SYSTEM = "You are a careful assistant who answers in plain words."
QUESTIONS = (
    "What is the capital of Portugal?",
    "Name three things that float on water.",
    "Why is the sky dark at night?",
    "Write a short poem about a lighthouse in winter.",
    "How many minutes are there in two hours and a quarter?",
    "Explain to a child what a bank does.",
    "Give me a recipe for lentil soup with five ingredients.",
    "Which is heavier, a kilogram of iron or a kilogram of feathers?",
    "Translate into French: the train leaves at noon.",
    "What should a nurse write down after giving a medicine?",
    "List the months that have exactly thirty days.",
    "Write a Python function that returns the largest of three numbers.",
)
TEXTS = (
    "The old harbour was quiet that morning, and",
    "def average(values):\n    \"\"\"The mean of a list of numbers.\"\"\"\n",
    "Water boils at a lower temperature on a mountain because",
    "Dear neighbours,\n\nThank you for your letter of 3 March. We",
    "1, 1, 2, 3, 5, 8, 13,",
    "In the year 1492,",
    "<html>\n<head>\n<title>",
    "Once there was a clockmaker who could not tell the time. Every evening",
)


def prompts():
    for question in QUESTIONS:
        yield (f"<|im_start|>system\n{SYSTEM}<|im_end|>\n<|im_start|>user\n{question}<|im_end|>\n"
               "<|im_start|>assistant\n")
    yield from TEXTS


def write_as_floats(source, path):
    """The same model with its quantised weights written out as F32."""
    reader = gguf.GGUFReader(source)
    writer = gguf.GGUFWriter(path, "llama")
    for field in reader.fields.values():
        if field.name.startswith("GGUF.") or field.name == "general.architecture":
            continue
        kind = field.types[0]
        sub = field.types[-1] if kind == gguf.GGUFValueType.ARRAY else None
        writer.add_key_value(field.name, field.contents(), kind, sub)
    for tensor in reader.tensors:
        values = gguf.quants.dequantize(tensor.data, tensor.tensor_type).astype(np.float32)
        writer.add_tensor(tensor.name, values)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def continuation(oracle, tokens, end):
    """(token, second likeliest, distance) for each step."""
    row, steps, length = oracle.logits(tokens)[-1], [], len(tokens)
    for _ in range(STEPS):
        second, first = (int(i) for i in np.argsort(row)[-2:])
        steps.append((first, second, float(row[first] - row[second])))
        if first in end:
            break
        row = oracle.logits([first], length)[-1]
        length += 1
    return steps


def distances(oracle, tokens, steps):
    """The same distances, computed with the golden's own tokens before each step."""
    rows = oracle.logits(tokens + [first for first, _, _ in steps[:-1]])[len(tokens) - 1:]
    return [float(row[first] - row[second]) for row, (first, second, _) in zip(rows, steps)]


def perplexity(oracle, tokens):
    sums, counts = np.zeros(2), np.zeros(2, int)
    for start in range(0, len(tokens) - WINDOW + 1, WINDOW):
        window = tokens[start:start + WINDOW]
        rows = oracle.logits(window)[:-1].astype(np.float64)
        peak = rows.max(axis=1)
        total = peak + np.log(np.exp(rows - peak[:, None]).sum(axis=1))
        losses = total - rows[np.arange(WINDOW - 1), window[1:]]
        late = losses[WINDOW // 2:]  # as the peer's own tool counts: the first half is context
        sums += losses.sum(), late.sum()
        counts += len(losses), len(late)
    return {"windows": len(tokens) // WINDOW, "tokens": len(tokens),
            "meanLoss": float(sums[0] / counts[0]),
            "meanLossSecondHalf": float(sums[1] / counts[1])}


def main():
    path = sys.argv[1]
    text = (HERE.parent.parent.parent / "LICENSE").read_text()
    with Oracle(path, 512, threads=2) as oracle:
        end = set(oracle.tokenize("<|im_end|><|endoftext|>"))
        entries = []
        for prompt in prompts():
            tokens = oracle.tokenize(prompt)
            entries.append({"prompt": prompt, "tokens": tokens,
                            "steps": continuation(oracle, tokens, end)})
        result = {"file": Path(path).name, "ends": sorted(end),
                  "perplexity": perplexity(oracle, oracle.tokenize(text))}
    with tempfile.TemporaryDirectory() as folder:
        exact = f"{folder}/exact.gguf"
        write_as_floats(path, exact)
        with Oracle(exact, 512, threads=2) as oracle:
            moved = []
            for entry in entries:
                exactly = distances(oracle, entry["tokens"], entry["steps"])
                moved += [abs(now - step[2]) for now, step in zip(exactly, entry["steps"])]
                entry["steps"] = [[first, second, round(distance, 4), round(now, 4)] for now,
                                  (first, second, distance) in zip(exactly, entry["steps"])]
            result["perplexity"]["meanLossExact"] = perplexity(oracle, oracle.tokenize(text))["meanLoss"]
    result["noise"] = {"rms": float(np.sqrt(np.mean(np.square(moved)))), "max": max(moved),
                       "steps": len(moved)}
    lines = ",\n".join(json.dumps(entry, ensure_ascii=False) for entry in entries)
    head = json.dumps(result, ensure_ascii=False)[1:-1]
    (HERE / "smollm2.json").write_text(f'{{{head},\n"prompts": [\n{lines}\n]}}\n')
    print(head)


if __name__ == "__main__":
    main()
