"""Search, in a real browser; and how long a step and a scroll take in a trace of 100,000 events."""

import unittest

from cases import BrowserTest, header, lines, trace
from test_viewer import SAMPLE_URL, large_trace

# Milliseconds at the median. A step takes 10 to 20, and up to 130 where six programs compete for
# each processor, as they may in CI. A trace that is drawn in full takes thousands.
PACE = 300


class Search(BrowserTest):
    def test_keys_and_buttons_go_from_hit_to_hit(self):
        seen = self.drive("search", SAMPLE_URL)
        self.assertEqual((seen["focused"], seen["found"]), ("search", "10 hits"))
        places = [place for place, _ in seen["seen"]]
        self.assertEqual(places[0], places[2])
        self.assertLess(places[0], places[1])
        self.assertEqual([hits for _, hits in seen["seen"]],
                         ["1 of 10", "2 of 10", "1 of 10", "10 of 10", "1 of 10"])
        self.assertTrue(seen["typed"], "a slash is a letter like others in the field")
        self.assertEqual(seen["none"], ["no hit", True])
        self.assertEqual((seen["stayed"], seen["empty"]), (places[-1], ""))
        self.assertNotEqual(seen["left"], "search")

    def test_a_summary_is_searched_too(self):
        events = [{"event": "appended", "position": i, "size": 1, "operations": 1, "verb": "PUT",
                   "key": "Appended" if i % 2 else "b"} for i in range(2)]
        events += [{"event": "segment_opened", "base": 1}, {"event": "synced", "end": 9}]
        events += [{"event": "power_cut", "how": "appended data were lost"}]
        seen = self.drive("search", "/t.jsonl", {"/t.jsonl": (header() + lines(events)).encode})
        self.assertEqual(seen["found"], "3 hits")
        self.assertEqual([place for place, _ in seen["seen"]], [1, 2, 1, 5, 1])


class Pace(BrowserTest):
    def check(self, pages):
        seen = self.drive("pace", "/t.jsonl", pages)
        self.assertEqual(seen["count"], 100_000)
        self.assertLess(seen["elements"], 3000)
        for what in ("step", "scroll", "list"):
            self.assertLess(seen["median"][what], PACE, seen["median"])
        for what in ("search", "whole"):
            self.assertLess(seen["median"][what], 10 * PACE, seen["median"])

    def test_a_long_log(self):
        content = large_trace(100_000)
        self.check({"/t.jsonl": lambda: content})

    def test_a_long_simulation(self):
        events = [{"event": "lane", "lane": name, "kind": "node"} for name in ("n1", "n2", "n3")]
        for i in range(33_333):
            events += [{"event": "sent", "message": i, "from": f"n{i % 3 + 1}", "to": f"n{(i + 1) % 3 + 1}",
                        "what": f"append {i}", "size": 8},
                       {"event": "did", "lane": "n1", "what": f"does {i}"},
                       {"event": "arrived", "message": i}]
        self.check(trace(events[:100_000], "week04-sim"))


if __name__ == "__main__":
    unittest.main()
