#!/usr/bin/env python3
"""check_skips against logs as ctest writes them."""
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

CHECK = Path(__file__).with_name("check_skips")
PERMITTED = """# a comment

files_test FilesTest::odd[1]() the superuser * | run as root
"""


def log_of(*tests):
    """ctest's LastTest.log for (name, output) pairs."""
    parts = ["Start testing: Jan 01 00:00 UTC"]
    for number, (name, output) in enumerate(tests, 1):
        parts.append(f"{number}/{len(tests)} Testing: {name}\n{number}/{len(tests)} Test: {name}\n"
                     f'Command: "/bin/{name}"\nOutput:\n{"-" * 58}\n{output}\n<end of output>\n'
                     f"Test Passed.\n{'-' * 58}\n")
    return "\n".join(parts)


class CheckSkips(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.folder = Path(self.temporary.name)
        self.permitted = self.folder / "permitted"
        self.permitted.write_text(PERMITTED)

    def tearDown(self):
        self.temporary.cleanup()

    def check(self, log):
        place = self.folder / "Testing" / "Temporary"
        place.mkdir(parents=True, exist_ok=True)
        if log is not None:
            (place / "LastTest.log").write_text(log)
        run = subprocess.run([sys.executable, CHECK, self.folder, self.permitted], text=True,
                             capture_output=True)
        return run.returncode, run.stdout + run.stderr

    def test_nothing_skipped(self):
        self.assertEqual(self.check(log_of(
            ("a_test", "PASS   : A::b()\nTotals: 1 passed, 0 failed, 0 skipped, 0 blacklisted"),
            ("unit", "Ran 3 tests in 0.1s\n\nOK"),
            ("neon", "Check for working CXX compiler: /usr/bin/g++ - skipped"))), (0, ""))

    def test_permitted(self):
        self.assertEqual(self.check(log_of(
            ("files_test", "SKIP   : FilesTest::odd[1]() the superuser may"))), (0, ""))

    def test_the_same_skip_of_another_test_is_refused(self):
        code, said = self.check(log_of(
            ("other_test", "SKIP   : FilesTest::odd[1]() the superuser may")))
        self.assertEqual(code, 1)
        self.assertIn("other_test FilesTest::odd[1]()", said)

    def test_every_way_to_skip(self):
        for output in ("SKIP   : A::b() no data", "SKIP: only the reference runs",
                       "SKIPPED: needs a compiler", "skipped: no starter models",
                       "test_x (a.B) ... skipped 'no network'", "OK (skipped=2)",
                       "1/1 Test #1: inner ....***Skipped   0.00 sec",
                       "1/1 Test #1: inner ....***Not Run   0.00 sec"):
            with self.subTest(output=output):
                code, said = self.check(log_of(("fine", "PASS"), ("a_test", output)))
                self.assertEqual(code, 1)
                self.assertIn("1 skipped", said)
                self.assertIn("  a_test ", said)

    def test_no_log_or_an_empty_one(self):
        for log in (None, "", "Start testing: Jan 01 00:00 UTC\n"):
            with self.subTest(log=log):
                self.assertEqual(self.check(log)[0], 1)

    def test_a_permission_without_a_reason(self):
        self.permitted.write_text("files_test FilesTest::odd[1]()\n")
        code, said = self.check(log_of(("a_test", "PASS")))
        self.assertEqual(code, 1)
        self.assertIn("line 1", said)


if __name__ == "__main__":
    unittest.main()
