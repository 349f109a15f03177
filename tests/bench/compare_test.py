#!/usr/bin/env python3
"""tests/bench/compare with a program and a peer of cardboard: what it takes from their output, which
columns it leaves out and why, and what becomes of a peer that fails. Measures nothing.

usage: compare_test.py
"""

import argparse
import importlib.machinery
import importlib.util
import sys
import tempfile
import textwrap
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.dont_write_bytecode = True
LOADER = importlib.machinery.SourceFileLoader("compare", str(HERE / "compare"))
compare = importlib.util.module_from_spec(importlib.util.spec_from_loader("compare", LOADER))
sys.modules["compare"] = compare
LOADER.exec_module(compare)

PROGRAM = """\
    #!/usr/bin/env python3
    import json, os, sys
    kernels = os.environ["ALCOVE_CPU"]
    if kernels == "amx":
        sys.exit("alcove-cli: the kernels \\"amx\\" do not run here: no tiles")
    speed = 300 if kernels == "avx512" else 100
    print(json.dumps({
        "prefill_tps": speed, "decode_tps": speed / 10, "decode_gbps": 18, "read_gbps": 20,
        "first_token_s": 0.5, "model_bytes": 1000, "cache_bytes": 10,
        "quote": {"tps": 40, "plain_tps": 20}}))
    """


class FakePeer:
    """Two ways to compute, of which the second is better."""
    name = "a peer of cardboard"
    failing = ""

    def measure(self, row):
        if self.failing and self.failing in row.name:
            raise compare.Failure("it fell over")
        one = {"prefill_tps": 50, "decode_tps": 5, "first_token_s": 2.0, "peak_bytes": 7e6}
        if row.task == "memory":
            return {"": one}
        two = {"prefill_tps": 100, "decode_tps": 20, "first_token_s": 1.0}
        return {"plain": one, "flash attention": two}


class CompareTest(unittest.TestCase):
    def setUp(self):
        self._folder = tempfile.TemporaryDirectory()
        self.addCleanup(self._folder.cleanup)
        program = Path(self._folder.name) / "alcove-cli"
        program.write_text(textwrap.dedent(PROGRAM), encoding="utf-8")
        program.chmod(0o755)
        self.options = argparse.Namespace(
            cli=str(program), threads=1, rounds=1, quick=True, kernels=compare.ALL_KERNELS,
            peers={}, files={"smollm2": "s", "minilm": "m", "shape": "b"})
        compare.say = lambda *_: None

    def measured(self, peer):
        columns, reasons = compare.choose_columns(self.options)
        for column in columns:
            column.peer = peer if column.kernels == "avx512" else None
        compare.measure(columns, self.options)
        return compare.report(columns, reasons, self.options)

    def line(self, text, start):
        return next(line for line in text.splitlines() if line.startswith("| " + start))

    def test_a_column_that_does_not_run_is_named(self):
        text = self.measured(FakePeer())
        self.assertIn('Not measured: amx: the kernels "amx" do not run here: no tiles', text)
        self.assertNotIn("## amx", text)

    def test_ratios_are_those_to_the_better_way(self):
        text = self.measured(FakePeer())
        self.assertTrue(self.line(text, "prefill 48").endswith("| 300 t/s | 100 t/s | 3.00 (≥ 1.5) |"))
        self.assertIn("1.50 (≥ 3) **missed**", self.line(text, "decode at 256, SmolLM2, Q8_0"))

    def test_for_times_less_is_better(self):
        self.assertTrue(self.line(self.measured(FakePeer()), "load").endswith(
            "| 0.5 s | 1 s | 0.50 (≤ 1) |"))

    def test_shares_and_quoting(self):
        text = self.measured(FakePeer())
        self.assertIn("| 90 % |", self.line(text, "bandwidth"))
        self.assertIn("2.00 (≥ 1.8)", self.line(text, "quoting, SmolLM2"))

    def test_memory_beyond_its_limit(self):
        self.assertNotIn("missed", self.line(self.measured(FakePeer()), "peak"))
        compare.MEMORY_ROOM = 0
        self.addCleanup(setattr, compare, "MEMORY_ROOM", 150e6)
        self.assertIn("missed", self.line(self.measured(FakePeer()), "peak"))

    def test_a_peer_that_fails_spoils_one_row(self):
        peer = FakePeer()
        peer.failing = "MiniLM"
        text = self.measured(peer)
        self.assertTrue(self.line(text, "MiniLM").endswith("| 300 t/s | – t/s | – |"))
        self.assertIn("the peer fails: it fell over", text)
        self.assertIn("3.00", self.line(text, "prefill 48"))

    def test_a_column_without_peer(self):
        avx2 = self.measured(FakePeer()).split("## avx2")[1]
        self.assertIn("Peer: none, ", avx2)
        self.assertTrue(self.line(avx2, "prefill 48").endswith("| 100 t/s | – t/s | – |"))

    def test_a_peer_of_other_instructions_is_refused(self):
        peer = compare.Peer(self.options, "avx2", "somewhere")
        original = compare.run_json
        self.addCleanup(setattr, compare, "run_json", original)
        compare.run_json = lambda *_: {"name": "x", "system": "AVX2 = 1 | AVX512 = 1"}
        with self.assertRaisesRegex(compare.Failure, "other instructions"):
            peer.check()
        compare.run_json = lambda *_: {"name": "x", "system": "AVX2 = 1"}
        peer.check()


if __name__ == "__main__":
    unittest.main()
