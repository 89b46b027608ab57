"""The page of the simulator in a real browser: lanes, messages as arrows, operations, faults."""

import re
import subprocess
import tempfile
import unittest
from pathlib import Path

from cases import BrowserTest, SampleTest, marks, program, row, trace

SAMPLE_URL = "/tests/sample_sim.jsonl"
UNKNOWN = re.compile("does not know|undefined|NaN|null")


def arrows(picture):
    """The sign of each message's arrow."""
    return {int(re.match(r"message (\d+)", arrow["title"])[1]): arrow["sign"]
            for arrow in picture["arrows"]}


def bars(picture, lane):
    return [box for box in row(picture, lane)["boxes"]
            if "bar" in box["kinds"] and "gap" not in box["kinds"]]


class Sample(SampleTest):
    SAMPLE = "sample_sim.jsonl"

    def test_every_event_is_stepped_on_and_none_breaks_the_page(self):
        self.check_each_step(UNKNOWN)

    def test_lanes_stand_in_the_order_in_which_they_came(self):
        self.assertEqual([lane["id"] for lane in self.seen["forward"][-1]["rows"]],
                         ["n1", "n2", "n3", "c1", "c2"])

    def test_a_message_is_on_its_way_until_it_arrives(self):
        sent, arrived = self.after("sent"), self.after("arrived")
        self.assertEqual((arrows(sent)[1], arrows(arrived)[1]), ("flying", "arrived"))
        self.assertIn("c1 sends message 1 to n1: write k1", sent["sentence"])
        self.assertIn("Message 1 arrives at n1, 600 µs after c1 sent it", arrived["sentence"])
        self.assertIn("On their way: 1 message", sent["list"])
        self.assertEqual(sent["listed"][0]["event"] + 1, sent["place"])
        self.assertIn("No message is on its way", arrived["list"])

    def test_a_lost_message_looks_different_and_says_why(self):
        lost = self.after("lost", 3)
        self.assertEqual(arrows(lost)[13], "lost")
        self.assertIn("Message 13 from c1 to n2 (write k1 again) is lost: dropped on its way",
                      lost["sentence"])
        self.assertEqual(lost["facts"]["messages"], "13 sent, 10 arrived, 3 lost")

    def test_a_node_without_power_is_a_gap_and_says_so_beside_its_lane(self):
        before, down = self.after("fault"), self.after("state", lane="n1", state="down")
        up = self.after("state", lane="n1", state="up")
        self.assertEqual([row(picture, "n1")["badge"] for picture in (before, down, up)], ["U", "D", "U"])
        self.assertEqual(row(down, "n1")["says"], "has no power for 8 ms")
        self.assertEqual(row(up, "n1")["says"], "starts again on what its disk kept")
        gaps = [box for box in row(up, "n1")["boxes"] if "gap" in box["kinds"]]
        self.assertEqual([(gap["pattern"], gap["letter"]) for gap in gaps], [("gone", "D")])
        self.assertIn("n1 is down: it has no power", down["sentence"])

    def test_a_fault_is_a_mark_with_its_words_until_all_are_healed(self):
        fault, healed = self.after("fault", 2), self.after("healed")
        self.assertEqual(marks(fault), ["! power n1 2 8ms"])
        self.assertEqual(fault["head"][1]["titles"], ["drop messages from c1 for 2ms"])
        self.assertEqual(fault["facts"]["faults"], "power n1 2 8ms; drop messages from c1 for 2ms")
        self.assertEqual(healed["facts"]["faults"], "none")
        self.assertIn("H all faults end", healed["head"][1]["marks"])

    def test_an_operation_is_a_bar_with_the_letter_of_its_outcome(self):
        called, ok = self.after("called"), self.after("returned")
        self.assertEqual([(bar["state"], bar["letter"]) for bar in bars(called, "c1")], [("open", "…")])
        self.assertEqual([(bar["state"], bar["letter"]) for bar in bars(ok, "c1")], [("ok", "O")])
        self.assertIn("operation 1, put k1 c1-1, is done, after 2.9 ms; was done", ok["sentence"])
        unknown = self.after("returned", outcome="unknown")
        self.assertEqual([bar["letter"] for bar in bars(unknown, "c1")], ["O", "?"])
        self.assertIn("it may have been done, or may be done later", unknown["sentence"])

    def test_what_is_broken_is_said_at_the_end(self):
        end = self.seen["forward"][-1]
        self.assertIn("What must always hold is broken here. reads are fresh", end["sentence"])
        self.assertEqual(end["facts"]["broken"], "reads are fresh")
        self.assertIn("! reads are fresh", end["head"][1]["marks"])

    def test_nothing_overflows_at_700_pixels(self):
        self.assertEqual(self.drive("narrow", SAMPLE_URL)["wide"], [])

    def test_each_box_can_be_told_and_read_without_its_colour(self):
        self.assertTrue(all(picture["letters"] for picture in self.seen["forward"]))


class Live(BrowserTest):
    STORY = ("seed 1\nat 50ms c1 put k2\nat 100ms c1 put k1\nat 100100us double c1 300ms\n"
             "at 150ms c1 put k1\nat 300ms power n1 0 50ms\nat 310ms c1 put k3\nat 600ms c1 get k1\n")

    def record(self, what):
        """What week04-sim writes of the story."""
        with tempfile.TemporaryDirectory() as folder:
            script, out = Path(folder) / "story.txt", Path(folder) / "out.jsonl"
            script.write_text(self.STORY)
            subprocess.run([program("week04-sim"), "--script", script, f"--{what}", out],
                           check=True, stdout=subprocess.DEVNULL, timeout=60)
            return out.read_bytes()

    def test_a_world_is_shown_to_its_end(self):
        written = self.record("trace")
        seen = self.drive("step_through", "/live.jsonl", {"/live.jsonl": lambda: written})
        said = [picture["sentence"] for picture in seen["forward"]]
        self.assertEqual([sentence for sentence in said if UNKNOWN.search(sentence)], [])
        self.assertTrue(any("put k1, token 2" in sentence for sentence in said))
        self.assertTrue(any("it lost its power" in sentence for sentence in said))
        self.assertEqual(seen["forward"][-1]["facts"]["broken"], "nothing")

    def test_what_its_clients_have_seen_is_a_history(self):
        written = self.record("history")
        seen = self.drive("step_through", "/live.jsonl", {"/live.jsonl": lambda: written})
        said = [picture["sentence"] for picture in seen["forward"]]
        self.assertEqual([sentence for sentence in said if UNKNOWN.search(sentence)], [])
        self.assertIn("linearizable", said[-1].lower())


class Page(BrowserTest):
    def test_markup_and_foreign_events_stay_text(self):
        events = [{"event": "lane", "lane": "n1", "kind": "node"},
                  {"event": "did", "lane": "n1", "what": "<img src=x onerror=alert(1)>"},
                  {"event": "arrived", "message": 7}, {"event": "constructor"},
                  {"event": "called", "lane": "c9", "operation": 1, "what": "put a"},
                  {"event": "returned", "lane": "c9", "operation": 1, "outcome": "constructor", "what": ""},
                  {"event": "state", "lane": "n1", "state": "constructor", "words": "is odd"}]
        seen = self.drive("step_through", "/t.jsonl", trace(events, "sim_test"))["forward"]
        self.assertIn("<img", seen[2]["sentence"])
        self.assertIn("does not say when it left", seen[3]["sentence"])
        self.assertIn("does not know", seen[4]["sentence"])
        self.assertEqual([lane["id"] for lane in seen[-1]["rows"]], ["n1", "c9"])

    def test_a_hundred_thousand_events_keep_the_page_small(self):
        events = [{"event": "lane", "lane": f"n{i}", "kind": "node"} for i in range(40)]
        number = 0
        while len(events) < 100_000:
            number += 1
            events.append({"event": "sent", "message": number, "from": f"n{number % 40}",
                           "to": f"n{number * 7 % 40}", "what": "ping", "size": 8})
            if number > 100:
                events.append({"event": "lost" if number % 50 == 0 else "arrived",
                               "message": number - 100, "why": "dropped"})
        pages = trace(events[:100_000], "week05-sim")
        seen = self.drive("large", "/t.jsonl", pages)
        self.assertEqual(seen["count"], 100_000)
        self.assertLess(seen["elements"], 3000)
        self.assertEqual(seen["end"]["facts"]["on their way"], "100")
        self.assertRegex(seen["end"]["beyond"], r"In this window, \d+ older messages and marks are not drawn")


if __name__ == "__main__":
    unittest.main()
