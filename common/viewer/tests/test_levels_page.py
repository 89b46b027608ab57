"""The page of week 3 in a real browser: levels, and what is being merged."""

import json
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

import browser
from cases import BrowserTest, header, lines, program

SAMPLE = browser.VIEWER / "tests" / "sample_week03.jsonl"
SAMPLE_URL = "/tests/sample_week03.jsonl"
UNKNOWN = re.compile("does not know|undefined|NaN|null")


def table(event, number, level, smallest, largest):
    return {"event": event, "table": number, "level": level, "file_size": 1000, "entries": 10,
            "smallest": smallest, "largest": largest}


# Level 0: 3 and 2; level 6: 1. They are merged into 4 and 5 while 6 is flushed.
STORY = [{"event": "levels_opened", "policy": "levelled"},
         table("table_found", 1, 6, "00", "49"),
         table("flush_finished", 2, 0, "00", "99"),
         table("flush_finished", 3, 0, "20", "79"),
         {"event": "compaction_begun", "compaction": 1, "inputs": "0/3 0/2 6/1", "level": 6,
          "bytes": 3000, "reason": "level 0 has score 1.00"},
         table("table_written", 4, 6, "00", "39"),
         table("flush_finished", 6, 0, "50", "59"),
         table("table_written", 5, 6, "40", "99"),
         {"event": "compaction_finished", "compaction": 1, "inputs": "0/3 0/2 6/1", "level": 6,
          "outputs": 2, "bytes": 2000},
         {"event": "stalled", "microseconds": 1500, "reason": "level 0 had 12 tables"},
         table("flush_finished", 7, 0, "A0", "A9"),
         {"event": "table_moved", "table": 7, "from": 0, "level": 6,
          "reason": "level 0 has score 1.00"}]


def numbers(row):
    return [" ".join(box.split()[:2]) for box in row]


class Story(BrowserTest):
    @classmethod
    def setUpClass(cls):
        if browser.find_browser() is None:
            return
        trace = (header("week03-compaction-sim") + lines(STORY)).encode()
        with browser.Server({"/t.jsonl": lambda: trace}) as server:
            cls.seen = browser.drive(server, "step_through", "/t.jsonl")

    def levels(self, place):
        picture = self.seen["forward"][place]
        return {"facts": picture["facts"], "order": [row["id"] for row in picture["rows"]],
                "rows": {row["id"]: [f"{box['words']} {box['left']} {box['width']}" for box in row["boxes"]]
                         for row in picture["rows"]}}

    def said(self, place):
        return self.seen["forward"][place]["sentence"]

    def test_a_flush_comes_to_the_top_of_level_0(self):
        self.assertEqual(self.levels(4)["order"],
                         ["level-0", "table-3", "table-2", "level-6"])
        self.assertEqual(numbers(self.levels(4)["rows"]["table-3"]), ["N 3"])
        self.assertEqual(numbers(self.levels(4)["rows"]["table-2"]), ["T 2"])
        self.assertIn("Level 0 has 2 tables now", self.said(4))

    def test_a_table_stands_where_its_keys_are(self):
        self.assertEqual(self.levels(4)["rows"]["table-2"], ["T 2 0% 100%"])
        left, width = re.findall(r"[\d.]+(?=%)", self.levels(4)["rows"]["table-3"][0])
        self.assertAlmostEqual(float(left), 20 / 0.99, delta=0.01)
        self.assertAlmostEqual(float(width), 59 / 0.99, delta=0.01)

    def test_what_is_merged_is_marked_until_it_is_done(self):
        for place in (5, 6, 7, 8):
            rows = self.levels(place)["rows"]
            self.assertEqual([numbers(rows[name]) for name in ("table-3", "table-2", "level-6")],
                             [["M 3"], ["M 2"], ["M 1"]], place)
        self.assertEqual(numbers(self.levels(8)["rows"]["outputs"]), ["O 4", "O 5"])
        self.assertIn("2 tables of level 0 and 1 of level 6 are merged into level 6",
                      self.said(5))
        self.assertIn("nobody reads it", self.said(6))

    def test_outputs_take_the_place_of_inputs_and_a_flush_stays(self):
        after = self.levels(9)
        self.assertEqual(after["order"], ["level-0", "table-6", "level-6"])
        self.assertEqual(numbers(after["rows"]["level-6"]), ["N 4", "N 5"])
        self.assertIn("1000 bytes were outdated", self.said(9))
        self.assertEqual(after["facts"]["write amplification"], "1.67")
        self.assertEqual(after["facts"]["compactions, moves"], "1, 0")

    def test_a_stall_is_told_and_counted(self):
        self.assertIn("waited 1.5 ms", self.said(10))
        self.assertEqual(self.levels(11)["facts"]["stalled"], "1.5 ms")

    def test_a_move_writes_nothing(self):
        self.assertEqual(numbers(self.levels(12)["rows"]["level-6"]), ["T 4", "T 5", "N 7"])
        self.assertIn("moves from level 0 to level 6", self.said(12))
        self.assertEqual(self.levels(12)["facts"]["compactions, moves"], "1, 1")
        self.assertEqual(self.levels(12)["facts"]["written by compactions"], "2000 bytes")

    def test_a_step_back_shows_what_was_there_before(self):
        self.assertTrue(self.seen["same_backward"])
        self.assertEqual(self.seen["problems"] + self.seen["foreign"], [])


class Sample(BrowserTest):
    def test_every_event_is_stepped_on_and_none_breaks_the_page(self):
        events = [json.loads(line) for line in SAMPLE.read_text().splitlines()[1:]]
        seen = self.drive("step_through", SAMPLE_URL)
        self.assertEqual(len(seen["forward"]), len(events) + 1)
        self.assertTrue(seen["same_backward"])
        said = [picture["sentence"] for picture in seen["forward"]]
        self.assertEqual([s for s in said if UNKNOWN.search(s)], [])
        for kind in ("are merged into", "is done", "have waited"):
            self.assertTrue(any(kind in s for s in said), kind)

    def test_nothing_overflows_at_700_pixels(self):
        self.assertEqual(self.drive("narrow", SAMPLE_URL)["wide"], [])

    def test_markup_and_foreign_events_stay_text(self):
        events = [table("flush_finished", 1, 0, "<img src=x onerror=alert(1)>", "z"),
                  {"event": "constructor"}]
        trace = (header("week03-compaction-sim") + lines(events)).encode()
        seen = self.drive("step_through", "/odd.jsonl", {"/odd.jsonl": lambda: trace})["forward"]
        self.assertIn("<img", seen[1]["sentence"])
        self.assertIn("does not know", seen[2]["sentence"])

    def test_many_tables_keep_the_page_small(self):
        events = [table("flush_finished", i, 0, f"{i % 90:03}", f"{i % 90 + 9:03}")
                  for i in range(1, 3001)]
        trace = (header("week03-compaction-sim") + lines(events)).encode()
        seen = self.drive("large", "/large.jsonl", {"/large.jsonl": lambda: trace})
        self.assertLess(seen["elements"], 1000)
        self.assertEqual(seen["end"]["facts"]["tables"].split(",")[0], "3000")


class LiveTrace(BrowserTest):
    def test_what_the_simulator_writes_is_understood(self):
        for options in (("--policy=tiered",), ("--policy=never",), ("--stream=sequential",)):
            with tempfile.TemporaryDirectory() as folder:
                trace = Path(folder) / "trace.jsonl"
                subprocess.run([program("week03-compaction-sim"), *options, "--keys=500", "--operations=3000", "--memtable-bytes=16384",
                                f"--json={trace}"],
                               check=True, stdout=subprocess.DEVNULL, timeout=60)
                content = trace.read_bytes()
            seen = self.drive("step_through", "/live.jsonl", {"/live.jsonl": lambda: content})
            said = [picture["sentence"] for picture in seen["forward"]]
            self.assertEqual([s for s in said if UNKNOWN.search(s)], [])
            self.assertTrue(seen["same_backward"])

    def test_what_the_shell_writes_is_understood(self):
        words = "".join(f"PUT key{i % 40:02} {i}\n" + ("FLUSH\n" if i % 10 == 9 else "")
                        for i in range(80)) + "COMPACT\nPOWERCUT lost\nPUT a 1\nFLUSH\n"
        with tempfile.TemporaryDirectory() as folder:
            trace = Path(folder) / "trace.jsonl"
            subprocess.run([program("week03-repl"), "--disk=simulated", "--trace", str(trace)],
                           input=words, text=True, check=True, stdout=subprocess.DEVNULL, timeout=60)
            content = trace.read_bytes()
        seen = self.drive("step_through", "/live.jsonl", {"/live.jsonl": lambda: content})
        said = [picture["sentence"] for picture in seen["forward"]]
        self.assertEqual([s for s in said if UNKNOWN.search(s)], [])
        self.assertTrue(any("is done" in s for s in said))
        self.assertTrue(seen["same_backward"])


if __name__ == "__main__":
    unittest.main()
