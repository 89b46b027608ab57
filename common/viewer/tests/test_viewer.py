"""The viewer in a real browser: python3 -m unittest discover -s common/viewer/tests

STRATA_BIN=DIR adds tests with traces that the programs of that folder write on the spot. The
page of week 2 has its tests in test_lsm_page.py.
"""

import re
import unittest

import browser
from cases import BrowserTest, SampleTest, boxes_of, header, lines, marks, rows_of, trace_of

SAMPLE = browser.VIEWER / "tests" / "sample.jsonl"
SAMPLE_URL = "/tests/sample.jsonl"


def segments(picture):
    return [heading["pill"] for heading in rows_of(picture, "heading") if heading["pill"]]


def large_trace(event_count):
    """Records that are appended and flushed, a new segment now and then, a rare sync."""
    events = [{"event": "opening", "disk": "real", "sync": "interval", "segment_bytes": 1 << 20},
              {"event": "segment_opened", "base": 0}, {"event": "synced", "end": 0}]
    end = base = 0
    while len(events) < event_count:
        events.append({"event": "appended", "position": end, "size": 40, "operations": 1,
                       "verb": "PUT", "key": f"key{len(events)}"})
        end += 40
        events.append({"event": "flushed", "end": end})
        if len(events) % 1000 < 2:
            events.append({"event": "synced", "end": end})
        if end - base > 1 << 20:
            events += [{"event": "vouched", "position": end, "size": 16},
                       {"event": "segment_sealed", "base": base, "end": end + 16},
                       {"event": "segment_opened", "base": end + 16}]
            base = end = end + 16
    return (header() + lines(events[:event_count])).encode()


class SteppingThroughTheSample(SampleTest):
    SAMPLE = "sample.jsonl"

    def test_every_event_is_stepped_on_and_none_breaks_the_page(self):
        self.assertEqual([picture["place"] for picture in self.seen["forward"]],
                         list(range(len(self.events) + 1)))
        self.assertEqual([picture["selected"] for picture in self.seen["forward"][1:]],
                         [[event["event"]] for event in self.events])
        self.assertEqual(self.seen["problems"], [])

    def test_the_page_asks_nobody_but_its_own_server(self):
        self.assertEqual(self.seen["foreign"], [])
        self.assertEqual(self.server.failed, [])
        expected = {f"/{path.name}" for path in browser.VIEWER.glob("*.*") if path.suffix != ".md"}
        expected |= {f"/tests/{name}" for name in ("harness.html", "harness.js", "models.js")}
        expected |= {SAMPLE_URL, "/hold", "/done"}
        self.assertEqual(set(self.server.requested), expected)

    def test_a_step_back_shows_what_was_there_before(self):
        self.assertTrue(self.seen["same_backward"])

    def test_the_legend_counts_the_boxes(self):
        for picture in self.seen["forward"]:
            self.assertEqual(picture["boxes"], picture["legend"], picture["place"])

    def test_each_box_has_a_letter_and_not_a_colour_alone(self):
        self.assertTrue(all(picture["letters"] for picture in self.seen["forward"]))

    def test_an_appended_record_is_buffered_then_flushed(self):
        appended, flushed = self.after("appended"), self.after("flushed")
        self.assertEqual(appended["boxes"], {"durable": 1, "buffered": 1})
        self.assertEqual(len(boxes_of(appended, "vouch")), 1)
        self.assertIn("PUT a is framed", appended["sentence"])
        self.assertEqual(flushed["boxes"], {"durable": 1, "flushed": 1})
        self.assertIn("not a power cut", flushed["sentence"])
        self.assertEqual(marks(flushed), ["durable to 16"])

    def test_a_power_cut_that_loses_everything(self):
        cut, resumed = self.after("power_cut"), self.after("synced", 2)
        self.assertEqual(cut["boxes"], {"durable": 1, "unknown": 2})
        self.assertIn("before position 16 is safe", cut["sentence"])
        self.assertEqual(resumed["boxes"], {"durable": 1, "lost": 2})
        self.assertIn("took 2 and left 0", resumed["sentence"])

    def test_a_torn_tail_is_told_from_what_left_no_trace(self):
        self.assertEqual(self.after("power_cut", 2)["boxes"], {"durable": 2, "unknown": 5})
        recovered = self.after("recovered", 3)
        self.assertEqual(recovered["boxes"], {"durable": 4, "torn": 1, "lost": 3})
        self.assertIn("398 bytes were cut off", recovered["sentence"])
        self.assertIn("1 survived, 3 lost, 1 torn", recovered["sentence"])
        self.assertEqual(marks(recovered), ["durable to 448"])

    def test_a_checkpoint_drops_the_segment_that_its_snapshot_covers(self):
        self.assertIn("not needed any more", self.after("snapshot_written")["sentence"])
        dropped = self.after("segment_dropped")
        self.assertEqual(segments(dropped), ["dropped", "open"])
        self.assertEqual(dropped["boxes"]["dropped"], 7)

    def test_a_clean_end_seals_the_segment(self):
        end = self.seen["forward"][-1]
        self.assertEqual(segments(end), ["dropped", "sealed"])
        self.assertEqual(marks(end), ["durable to 600"])
        self.assertIn("sealed at position 600", end["sentence"])


class Page(BrowserTest):
    def test_keys_move_and_leave_other_controls_alone(self):
        seen = self.drive("keys", SAMPLE_URL)
        count = seen["count"]
        self.assertEqual(seen["places"], [count, 0, 10, 11, count])
        self.assertTrue(seen["left_to_select"])
        self.assertEqual(seen["playing"], "Play")

    def test_nothing_overflows_at_700_pixels(self):
        self.assertEqual(self.drive("narrow", SAMPLE_URL)["wide"], [])

    def test_a_growing_trace_is_followed(self):
        whole = SAMPLE.read_bytes()
        asked = []

        def growing():
            asked.append(1)
            # A cut in the middle of a line: a running program may have written half of it.
            return whole[:min(len(whole), 900 * len(asked) + 137)]
        seen = self.drive("follow", "/growing.jsonl", {"/growing.jsonl": growing})
        self.assertLess(seen["first"], seen["then"])
        self.assertEqual(seen["then"], len(whole.splitlines()) - 1)
        self.assertIn("Following", seen["says"])

    def test_a_large_trace_keeps_the_page_small(self):
        trace = large_trace(100_000)
        seen = self.drive("large", "/large.jsonl", {"/large.jsonl": lambda: trace})
        self.assertEqual(seen["count"], 100_000)
        self.assertGreater(sum(seen["end"]["legend"].values()), 49_000)
        self.assertLess(seen["elements"], 3000)
        self.assertEqual(seen["middle"]["place"], 49_999)
        self.assertNotEqual(seen["middle"]["boxes"], {})

    def test_a_file_that_is_no_trace_is_refused_in_words(self):
        seen = self.drive("message", "/other.txt", {"/other.txt": lambda: b"hello\nyou\n"})
        self.assertIn("no trace", seen["message"])

    def test_a_trace_of_another_version_is_refused_in_words(self):
        other = b'{"strata_trace": 2, "program": "week01-repl"}\n'
        seen = self.drive("message", "/other.jsonl", {"/other.jsonl": lambda: other})
        self.assertIn("reads traces of version 1; this one is 2", seen["message"])

    def test_a_trace_that_is_cut_off_in_the_middle_of_a_line_shows_what_is_whole(self):
        whole = SAMPLE.read_bytes()
        seen = self.drive("step_through", "/cut.jsonl", {"/cut.jsonl": lambda: whole[:1000]})
        self.assertEqual(len(seen["forward"]), whole[:1000].count(b"\n"))

    def test_a_trace_whose_first_line_is_not_complete_is_waited_for(self):
        cut = SAMPLE.read_bytes()[:20]
        seen = self.drive("message", "/cut.jsonl", {"/cut.jsonl": lambda: cut})
        self.assertIn("the first line is not complete", seen["message"])

    def test_a_program_without_a_page_is_named(self):
        seen = self.drive("message", "/other.jsonl",
                          {"/other.jsonl": lambda: header("week99-repl").encode()})
        self.assertIn("week99-repl", seen["message"])

    def test_keys_and_markup_in_a_trace_stay_text(self):
        events = [{"event": "segment_opened", "base": 0},
                  {"event": "appended", "position": 0, "size": 40, "operations": 1, "verb": "PUT",
                   "key": "<img src=x onerror=alert(1)>"},
                  {"event": "constructor"}, {"event": "of another week", "end": 1}]
        trace = (header() + lines(events) + "not an event\n").encode()
        seen = self.drive("step_through", "/odd.jsonl", {"/odd.jsonl": lambda: trace})
        self.assertIn("<img", seen["forward"][2]["sentence"])
        self.assertIn("does not know", seen["forward"][3]["sentence"])

    def test_the_page_opens_from_a_file(self):
        document = browser.load((browser.VIEWER / "index.html").as_uri())
        self.assertRegex(document, r'<body[^>]*data-ready="yes"')
        self.assertIn("Open a trace to look at", document)


class LiveTrace(BrowserTest):
    def test_what_the_program_writes_is_understood(self):
        commands = ("PUT a 1\nPOWERCUT lost\nPUT b 2\nPOWERCUT kept\nDELETE b\nCHECKPOINT\n"
                    "PUT c 3\nPOWERCUT subset 3\n")
        content = trace_of("week01-repl", commands, "--sync=never")
        seen = self.drive("step_through", "/live.jsonl", {"/live.jsonl": lambda: content})
        said = [picture["sentence"] for picture in seen["forward"]]
        self.assertEqual([s for s in said if re.search("does not know|undefined|NaN", s)], [])
        self.assertTrue(seen["same_backward"])
        self.assertTrue(any("took 1 and left 0" in s for s in said), said)
        self.assertTrue(any("took 0 and left 1" in s for s in said), said)
        end = seen["forward"][-1]
        self.assertEqual(end["boxes"], end["legend"])
        self.assertNotIn("buffered", end["boxes"])


if __name__ == "__main__":
    unittest.main()
