"""The page of a history in a real browser: operations of clients, zones, and the verdict."""

import re
import unittest

from cases import BrowserTest, SampleTest, boxes_of, row, trace

SAMPLE_URL = "/tests/sample_history.jsonl"
UNKNOWN = re.compile("does not know|undefined|NaN|null")


def bars(picture, client):
    return [(box["letter"], box["state"]) for box in row(picture, client)["boxes"]]


def zone(key, value, begin, end, kind):
    return {"event": "zone", "key": key, "value": value, "begin": begin, "end": end, "kind": kind}


def operation(client, number, begin, end, what):
    return [{"at": begin, "event": "called", "client": client, "operation": number, "key": "k", "what": what},
            {"at": end, "event": "returned", "operation": number, "outcome": "ok", "what": "was done"}]


class Sample(SampleTest):
    SAMPLE = "sample_history.jsonl"

    def test_every_event_is_stepped_on_and_none_breaks_the_page(self):
        self.check_each_step(UNKNOWN)

    def test_an_operation_is_a_bar_from_its_call_to_its_return(self):
        called, returned = self.after("called"), self.after("returned")
        self.assertEqual(bars(called, "c1"), [("…", "open")])
        self.assertIn("open", row(called, "c1")["boxes"][0]["kinds"])
        self.assertEqual(bars(returned, "c1"), [("O", "ok")])
        self.assertIn("Operation 1 of client c1, put k1 = c1-1, ends: ok", returned["sentence"])

    def test_a_refusal_is_told_from_what_was_done(self):
        self.assertEqual(bars(self.after("returned", 4), "c3"), [("O", "ok"), ("R", "refused")])

    def test_an_operation_that_never_ends_runs_to_the_right_edge(self):
        box = row(self.seen["forward"][-1], "c4")["boxes"][0]
        self.assertEqual((box["letter"], box["state"]), ("…", "open"))
        self.assertAlmostEqual(sum(box["places"]), 100, delta=0.01)

    def test_zones_are_told_apart_by_letter_and_pattern(self):
        picture = self.after("zone", 3)
        self.assertEqual([(box["letter"], box["pattern"]) for box in row(picture, "forward")["boxes"]],
                         [("F", "good")] * 2)
        self.assertEqual([box["pattern"] for box in row(picture, "backward")["boxes"]], ["dots"])
        self.assertIn("k1 had the value nothing at some moment from 1 to 2", picture["sentence"])

    def test_the_operations_of_a_violation_are_marked_and_the_overlap_stands_out(self):
        end = self.seen["forward"][-1]
        self.assertIn("is not linearizable (operations 1 3 4 6 8): operation 8 saw c1-1", end["sentence"])
        marked = [box for box in boxes_of(end, "clash") if box["sign"] == "violation"]
        self.assertEqual(sorted(int(re.search(r"\d+", box["title"])[0]) for box in marked), [1, 3, 4, 6, 8])
        self.assertEqual([box["letter"] for box in marked], ["V"] * 5)
        self.assertIn("two zones overlap from 11 to 14", row(end, "clash")["boxes"][0]["title"])
        self.assertIn("1 overlap: not linearizable", row(end, "zones")["all"])
        self.assertEqual((end["facts"]["verdict"], end["facts"]["key"]), ("not linearizable", "k1"))

    def test_nothing_overflows_at_700_pixels(self):
        self.assertEqual(self.drive("narrow", SAMPLE_URL)["wide"], [])

    def test_each_box_can_be_told_and_read_without_its_colour(self):
        self.assertTrue(all(picture["letters"] for picture in self.seen["forward"]))


class Page(BrowserTest):
    def zones_of(self, zones):
        seen = self.drive("history_zones", "/t.jsonl", trace(zones, "strata-history"))
        return [(each["value"], each["clash"], each["slot"]) for each in seen["zones"]], seen["clashes"]

    def test_only_what_cannot_be_ordered_is_a_clash(self):
        zones, clashes = self.zones_of([
            zone("k", "a", 1, 10, "forward"), zone("k", "b", 12, 20, "forward"),
            zone("k", "c", 2, 9, "backward"), zone("k", "d", 18, 25, "backward"),
            zone("other", "e", 1, 20, "forward"), zone("k", "f", 19, 30, "forward")])
        self.assertEqual(zones, [("a", True, 0), ("c", True, 0), ("b", True, 0), ("d", False, 0),
                                 ("f", True, 1)])
        self.assertEqual(clashes, [[2, 9], [19, 20]])

    def test_a_history_that_is_linearizable_says_so(self):
        events = [*operation("c1", 1, 1, 4, "put k = a"), *operation("c2", 2, 2, 3, "get k"),
                  {"event": "linearizable", "operations": 2}, {"event": "constructor"}]
        seen = self.drive("step_through", "/t.jsonl", trace(sorted(events, key=lambda e: e.get("at", 9)),
                                                            "strata-history"))["forward"]
        self.assertIn("linearizable: its 2 operations", seen[5]["sentence"])
        self.assertEqual(seen[5]["facts"]["verdict"], "linearizable")
        self.assertIn("does not know", seen[6]["sentence"])

    def test_the_key_that_is_typed_has_its_zones_shown(self):
        seen = self.drive("type_key", SAMPLE_URL)
        self.assertEqual((seen["before"]["facts"]["key"], seen["after"]["facts"]["key"]), ("k1", "k2"))
        self.assertIn("Keys: k1, k2", seen["after"]["answer"])
        titles = [box["title"] for box in row(seen["after"], "forward")["boxes"]]
        self.assertEqual(len(titles), 1)
        self.assertIn("c2-1, from 5 to 18", titles[0])

    def test_a_hundred_thousand_events_keep_the_page_small(self):
        events = []
        for i in range(33_000):
            events += operation(f"c{i % 8}", i, 2 * i, 2 * i + 1, f"put k = {i}")
        events += [zone("k", i, 2 * i, 2 * i + 1, "backward") for i in range(33_999)]
        events.append({"event": "linearizable", "operations": 33_000})
        seen = self.drive("large", "/t.jsonl", trace(events, "strata-history"))
        self.assertEqual(seen["count"], 100_000)
        self.assertLess(seen["elements"], 3000)
        self.assertEqual(seen["end"]["facts"]["zones"], "33999")


if __name__ == "__main__":
    unittest.main()
