"""The page of week 2 in a real browser: memtables, tables, and what a GET looks at."""

import re
import unittest

import browser
from cases import BrowserTest, SampleTest, boxes_of, header, lines, rows_of, trace_of

SAMPLE_URL = "/tests/sample_week02.jsonl"


def lsm(picture):
    """What of a picture these tests look at."""
    parts = [row for row in rows_of(picture, "part") if row["id"]]
    return {"parts": {row["id"]: row for row in parts}, "order": [row["id"] for row in parts],
            "chips": [[box["words"] for box in row["boxes"]] for row in rows_of(picture, "flow")],
            "titles": [row["says"] for row in rows_of(picture, "flow")],
            "axis": picture["head"][0]["labels"],
            "segments": [box["sign"] for box in boxes_of(picture, "segment") if box["sign"] != "flushed"],
            "headings": [row["all"] for row in rows_of(picture, "heading")]}


def versions(row):
    return [box["text"] for box in row["boxes"] if "pill" in box["kinds"]]


def opened(tables=()):
    """The events of a store that is opened; tables as (number, smallest, largest)."""
    return [{"event": "opening", "disk": "real", "sync": "always", "segment_bytes": 1 << 24,
             "memtable_limit": 1 << 26},
            {"event": "segment_opened", "base": 0}, {"event": "synced", "end": 0},
            *({"event": "table_found", "table": number, "level": 0, "file_size": 100, "entries": 2,
               "smallest": smallest, "largest": largest, "log_start": 0}
              for number, smallest, largest in tables),
            {"event": "recovered", "sequence": 10, "tables": len(tables), "log_start": 0,
             "entries": 0, "memtable_bytes": 0, "records": 0, "tail": "clean", "torn_bytes": 0}]


def applied(sequence, key, verb="PUT"):
    return {"event": "applied", "sequence": sequence, "operations": 1, "memtable_bytes": 512,
            "verb": verb, "key": key}


class Sample(SampleTest):
    SAMPLE = "sample_week02.jsonl"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if browser.find_browser() is None:
            return
        with browser.Server() as server:
            cls.states = browser.drive(server, "lsm_states", SAMPLE_URL)["states"]

    def state(self, name, nth=1):
        return self.states[self.place(name, nth)]

    def test_every_event_is_stepped_on_and_none_breaks_the_page(self):
        self.check_each_step(re.compile("does not know|undefined|NaN|null"))

    def test_each_sign_has_a_letter_and_not_a_colour_alone(self):
        self.assertTrue(all(picture["letters"] for picture in self.seen["forward"]))

    def test_a_write_is_in_the_memtable_in_the_order_of_keys(self):
        self.assertEqual(self.state("applied")["active"], "cherry@1")
        self.assertEqual(self.state("applied", 2)["active"], "apple@2 cherry@1")
        picture = self.after("applied", 2)
        self.assertIn("PUT apple has sequence number 2", picture["sentence"])
        self.assertIn("a power cut may take it", picture["sentence"])
        self.assertEqual(lsm(picture)["chips"], [["F apple 2", "F cherry 1"]])
        self.assertEqual(lsm(picture)["axis"], ["apple", "cherry"])

    def test_a_batch_is_one_step_and_lists_its_operations(self):
        self.assertIn("A batch of 2 operations takes the sequence numbers 3 to 4",
                      self.after("applied", 3)["sentence"])
        self.assertEqual(self.state("applied_also")["active"], "apple@2 banana@4 cherry@1 grape@3")

    def test_a_flush_moves_a_memtable_into_a_table(self):
        aside, begun = self.state("memtable_set_aside"), self.state("flush_begun")
        self.assertEqual((aside["active"], aside["phase"]), ("", "waiting"))
        self.assertEqual((begun["full"], begun["phase"]),
                         ("apple@2 banana@4 cherry@1 grape@3", "writing"))
        self.assertIn("ghost", lsm(self.after("flush_begun"))["order"])
        finished = self.state("flush_finished")
        self.assertIsNone(finished["full"])
        self.assertEqual(finished["tables"], ["0/1: apple@2 banana@4 cherry@1 grape@3"])
        picture = self.after("flush_finished")
        self.assertEqual(picture["current"], ["table-1"])
        table = lsm(picture)["parts"]["table-1"]
        self.assertIn("numbers 1 to 4", table["aside"]["text"])
        self.assertEqual(versions(table), ["2", "4", "1", "3"])

    def test_the_log_behind_a_flush_is_needless_and_then_gone(self):
        self.assertEqual(lsm(self.after("flush_begun"))["segments"], ["needed", "needed"])
        self.assertEqual(lsm(self.after("flush_finished"))["segments"], ["needless", "needed"])
        dropped = self.after("segment_dropped")
        self.assertEqual(lsm(dropped)["segments"], ["dropped", "needed"])
        self.assertIn("tables hold what its records did", dropped["sentence"])

    def test_the_newest_table_comes_first_and_a_deletion_is_an_entry(self):
        seen = lsm(self.after("flush_finished", 2))
        self.assertEqual(seen["order"], ["active", "log", "table-2", "table-1"])
        self.assertEqual(versions(seen["parts"]["table-2"]), ["✕5", "6"])

    def test_a_power_cut_empties_memory_and_keeps_tables(self):
        cut = self.after("power_cut")
        self.assertIn("Of 2 operations the record in the log was never synced", cut["sentence"])
        self.assertEqual(lsm(cut)["parts"]["active"]["state"], "off")
        self.assertEqual(lsm(cut)["chips"], [["? cherry 8", "? melon 7"]])
        self.assertIn("Memory: gone with the power", lsm(cut)["headings"])
        looked = lsm(self.after("synced", 2))
        self.assertEqual(looked["chips"], [["L cherry 8", "D melon 7"]])

    def test_recovery_brings_back_what_the_log_has_and_names_what_it_has_not(self):
        recovered = self.state("recovered", 2)
        self.assertEqual((recovered["active"], recovered["sequence"]), ("melon@7", 7))
        self.assertEqual(recovered["gone"], ["cherry@8"])
        picture = self.after("recovered", 2)
        self.assertIn("The power cut took 1 operation", picture["sentence"])
        self.assertEqual(lsm(picture)["chips"], [["D melon 7"], ["L cherry 8"]])
        self.assertTrue(recovered["tables"][1].startswith("0/1: apple@2"), "it knows its keys still")

    def test_a_number_that_was_lost_is_given_again(self):
        self.assertEqual(self.state("recovered", 3)["sequence"], 9)
        self.assertEqual(self.states[-1]["active"], "lemon@10")

    def test_writes_go_on_beside_a_flush(self):
        beside = [i for i, event in enumerate(self.events) if event["event"] == "applied"
                  and self.states[i + 1]["full"]]
        self.assertEqual(self.states[beside[0] + 1]["full"], "date@8 kiwi@9 melon@7")
        self.assertEqual(self.states[beside[0] + 1]["active"], "cherry@10")


class LookingUp(BrowserTest):
    def verdicts(self, trace, pages=None):
        result = self.drive("look_up", trace, pages)
        self.assertTrue(result["stayed"], "a key that is typed does not move the player")
        seen = {}
        for key, picture in result["seen"].items():
            parts = [row for row in rows_of(picture, "part") if row["id"] not in ("log", "ghost")]
            seen[key] = [row["aside"]["kind"] for row in parts]
            seen[key].append(picture["answer"])
        return seen

    def test_the_first_part_that_knows_the_key_answers(self):
        seen = self.verdicts(SAMPLE_URL)  # at its end: the active memtable, tables 3, 2 and 1
        self.assertEqual(seen["lemon"][:4], ["answers", "spared", "spared", "spared"])
        self.assertEqual(seen["fig"][:4], ["ignorant", "ignorant", "answers", "spared"])
        self.assertEqual(seen["banana"][:4], ["ignorant", "outside", "ignorant", "answers"])
        self.assertIn("the value that was put at 4", seen["banana"][4])
        self.assertEqual(seen["apple"][:4], ["ignorant", "outside", "answers", "spared"])
        self.assertIn("it was deleted at 5", seen["apple"][4])
        self.assertIn("nobody knows it", seen["a key that nobody has put"][4])
        self.assertEqual(seen[""][:4], ["none"] * 4)

    def test_a_table_from_before_the_trace_may_know_what_is_not_told(self):
        events = opened([(4, "b", "k"), (3, "a", "c")]) + [applied(11, "b")]
        trace = (header("week02-repl") + lines(events)).encode()
        seen = self.verdicts("/t.jsonl", {"/t.jsonl": lambda: trace})
        self.assertEqual(seen["b"][:3], ["answers", "spared", "spared"])
        self.assertEqual(seen["c"], ["ignorant", "untold", "untold", "The trace does not tell."])
        self.assertEqual(seen["a"][:3], ["ignorant", "outside", "untold"])


class Page(BrowserTest):
    def test_nothing_overflows_at_700_pixels(self):
        self.assertEqual(self.drive("narrow", SAMPLE_URL)["wide"], [])

    def test_many_entries_and_tables_keep_the_page_small(self):
        events = opened([(number, f"k{number:05}", f"k{number + 50:05}")
                         for number in range(2000, 0, -1)])
        events += [applied(11 + i, f"key{i % 5000:05}") for i in range(50_000)]
        trace = (header("week02-repl") + lines(events[:52_000])).encode()
        seen = self.drive("large", "/large.jsonl", {"/large.jsonl": lambda: trace})
        self.assertLess(seen["elements"], 3000)
        self.assertEqual(lsm(seen["end"])["titles"], ["latest 40 of 49996, sorted:"])
        self.assertEqual(len(lsm(seen["end"])["chips"][0]), 40)

    def test_a_flush_that_failed_says_why_and_may_begin_again(self):
        events = opened() + [applied(11, "a"),
                             {"event": "memtable_set_aside", "entries": 1, "memtable_bytes": 512,
                              "sequence": 11, "log_start": 40},
                             {"event": "flush_begun", "entries": 1},
                             {"event": "flush_failed", "reason": "the disk is full"},
                             {"event": "flush_begun", "entries": 1}]
        trace = (header("week02-repl") + lines(events)).encode()
        seen = self.drive("step_through", "/t.jsonl", {"/t.jsonl": lambda: trace})["forward"]
        self.assertEqual([lsm(picture)["parts"]["full"]["state"] for picture in seen[-4:]],
                         ["waiting", "writing", "failed", "writing"])
        self.assertIn("the disk is full", seen[-2]["sentence"])

    def test_a_flush_that_ended_as_the_power_went_is_found_as_its_table(self):
        set_aside = {"event": "memtable_set_aside", "entries": 2, "memtable_bytes": 512,
                     "sequence": 12, "log_start": 40}
        events = opened() + [applied(11, "a"), applied(12, "z"), set_aside,
                             {"event": "flush_begun", "entries": 2},
                             {"event": "power_cut", "how": "lost"}, *opened([(1, "a", "z")])]
        events[-1]["sequence"] = 12
        trace = (header("week02-repl") + lines(events)).encode()
        pages = {"/t.jsonl": lambda: trace}
        self.assertEqual(self.drive("lsm_states", "/t.jsonl", pages)["states"][-1]["tables"],
                         ["0/1: a@11 z@12"])
        seen = self.drive("step_through", "/t.jsonl", pages)["forward"]
        self.assertIn("just when the power went", seen[-2]["sentence"])
        self.assertIn("took nothing", seen[-1]["sentence"])

    def test_keys_and_markup_in_a_trace_stay_text(self):
        events = opened() + [applied(11, "<img src=x onerror=alert(1)>"),
                             {"event": "constructor"}, {"event": "of another week"}]
        trace = (header("week02-repl") + lines(events)).encode()
        seen = self.drive("step_through", "/odd.jsonl", {"/odd.jsonl": lambda: trace})["forward"]
        self.assertIn("<img", lsm(seen[5])["chips"][0][0])
        self.assertIn("does not know", seen[-1]["sentence"])


class LiveTrace(BrowserTest):
    def test_what_the_program_writes_is_understood(self):
        commands = ("PUT a 1\nPUT b 2\nFLUSH\nDELETE a\nPOWERCUT lost\nBATCH\nPUT c 3\nPUT a 4\n"
                    "COMMIT\nPOWERCUT kept\nFLUSH\nPUT d 5\n" +
                    "".join(f"PUT key{i} {'v' * 300}\n" for i in range(20)) +
                    "FLUSH\nPUT e 6\nPOWERCUT subset 3\n")
        content = trace_of("week02-repl", commands, "--sync=never", "--memtable=2048")
        pages = {"/live.jsonl": lambda: content}
        seen = self.drive("step_through_high", "/live.jsonl", pages)
        said = [picture["sentence"] for picture in seen["forward"]]
        self.assertEqual([s for s in said if re.search("does not know|undefined|NaN|null", s)], [])
        self.assertTrue(seen["same_backward"])
        self.assertTrue(any("took 1 operation" in s for s in said), said)
        self.assertTrue(any("took nothing: the log had all of it" in s for s in said), said)
        states = self.drive("lsm_states", "/live.jsonl", pages)["states"]
        self.assertTrue(any(state["active"] == "a@4 c@3" for state in states), states)
        self.assertGreater(len(states[-1]["tables"]), 3)
        # Level 0: the newest table first.
        numbers = [int(re.match(r"0/(\d+)", table).group(1)) for table in states[-1]["tables"]]
        self.assertEqual(numbers, sorted(numbers, reverse=True))


if __name__ == "__main__":
    unittest.main()
