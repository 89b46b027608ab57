"""The page of week 4 in a real browser: connections, and the requests in flight on them."""

import collections
import json
import re
import statistics
import subprocess
import unittest

import browser
from cases import BrowserTest, program, row, rows_of, served
from cases import trace as pages

SAMPLE = browser.VIEWER / "tests" / "sample_week04.jsonl"
SAMPLE_URL = "/tests/sample_week04.jsonl"
UNKNOWN = re.compile("does not know|undefined|NaN|null|none of those in flight")


def connected(at, connection, client="someone"):
    """The events of a connection that is welcome."""
    return [{"at": at, "event": "connected", "connection": connection},
            {"at": at, "event": "hello", "connection": connection, "client": client},
            {"at": at, "event": "welcome", "connection": connection, "why": ""}]


def asked(at, connection, number, kind="get", key="k", operations=0):
    return {"at": at, "event": "request", "connection": connection, "id": number, "kind": kind,
            "key": key, "operations": operations, "size": 10}


def answered(at, connection, number, error="", kind="get"):
    return {"at": at, "event": "response", "connection": connection, "id": number,
            "kind": "error" if error else kind, "error": error, "size": 4}


def closed(at, connection):
    return {"at": at, "event": "closed", "connection": connection}


def trace(events, name="week04-server"):
    return pages(events, name)


def bars(lane):
    return [box for box in lane["boxes"] if "bar" in box["kinds"]]


# Two connections. On the first, request 2 overtakes 1, which fails; 3 and 4 have no answer.
STORY = [{"at": 0, "event": "connected", "connection": 1},
         {"at": 10, "event": "hello", "connection": 1, "client": "someone"},
         {"at": 20, "event": "welcome", "connection": 1, "why": ""},
         asked(100, 1, 1, "write", "a", 1),
         asked(200, 1, 2, "get", "b"),
         asked(300, 1, 3, "write", "", 5),
         answered(400, 1, 2),
         {"at": 500, "event": "connected", "connection": 2},
         {"at": 500, "event": "hello", "connection": 2, "client": ""},
         {"at": 600, "event": "refusal", "connection": 2, "why": "this is not the cluster x"},
         closed(650, 2),
         answered(700, 1, 1, "conflict"),
         asked(800, 1, 4, "scan", ""),
         answered(900, 1, 0, "unknown outcome"),
         closed(1000, 1)]
NOW = 95  # per cent: where now is on the axis


class Story(BrowserTest):
    @classmethod
    def setUpClass(cls):
        if browser.find_browser() is None:
            return
        with browser.Server(trace(STORY)) as server:
            cls.seen = browser.drive(server, "step_through", "/t.jsonl")

    def picture(self, place):
        return self.seen["forward"][place]

    def lane(self, place, connection="1"):
        return row(self.picture(place), connection)

    def said(self, place):
        return self.seen["forward"][place]["sentence"]

    def bars(self, place, connection="1"):
        return bars(self.lane(place, connection))

    def test_a_connection_is_a_lane_that_says_how_far_it_is(self):
        self.assertEqual([self.lane(place)["state"] for place in (1, 2, 3, 14, 15)],
                         ["greeting", "greeting", "open", "leaving", "leaving"])
        self.assertIn("shaking hands for 10 µs", self.lane(2)["says"])
        self.assertEqual(self.lane(3)["name"], "1 someone")
        self.assertEqual(self.lane(3)["badge"], "O")
        self.assertIn("is welcome, 20 µs after it came", self.said(3))

    def test_a_refusal_says_why_and_stays_to_be_seen(self):
        for place in (10, 11, 15):
            lane = self.lane(place, "2")
            self.assertEqual((lane["state"], lane["badge"]), ("refused", "R"))
            self.assertEqual(lane["note"], "refused: this is not the cluster x")
        self.assertIn("Connection 2 is refused: this is not the cluster x", self.said(10))

    def test_a_request_is_in_flight_until_it_is_answered(self):
        self.assertEqual([[bar["state"] for bar in self.bars(place)] for place in (4, 5, 6, 7)],
                         [["flight"], ["flight"] * 2, ["flight"] * 3, ["ok"] + ["flight"] * 2])
        self.assertEqual([box["words"] for box in self.picture(6)["listed"]],
                         ["W 1/1 write a 200 µs", "G 1/2 get b 100 µs", "W 1/3 write, 5 operations 0 µs"])
        self.assertIn('asks, as request 2, for the value of "b". It does not wait for the answer',
                      self.said(5))
        self.assertIn("a batch of 5 operations, all or none. It does not wait for the 2 answers",
                      self.said(6))

    def test_a_bar_goes_from_its_request_to_its_answer(self):
        # Before the first answer the axis is 1 ms long.
        left, width = self.bars(6)[0]["places"]
        self.assertAlmostEqual(left, NOW - NOW * 200 / 1000, delta=0.01)
        self.assertAlmostEqual(left + width, 100, delta=0.01)
        # From then on, 8 times what that took: 1.6 ms, made round.
        self.assertEqual((self.picture(6)["window"], self.picture(7)["window"]), ("window 1 ms", "window 2 ms"))
        left, width = self.bars(7)[0]["places"]
        self.assertAlmostEqual(left, NOW - NOW * 200 / 2000, delta=0.01)
        self.assertAlmostEqual(left + width, NOW, delta=0.01)

    def test_bars_that_overlap_have_rows_of_their_own(self):
        self.assertEqual(len({bar["top"] for bar in self.bars(6)}), 3)
        request_4 = next(bar for bar in self.bars(13) if bar["sign"] == "scan")
        self.assertEqual(request_4["top"], self.bars(6)[0]["top"], "the row of request 1 is free again")

    def test_an_answer_that_overtook_is_marked_on_both_sides(self):
        self.assertIn("is answered after 200 µs; it overtook 1 that was asked before it", self.said(7))
        self.assertTrue(self.bars(7)[0]["tail"])
        self.assertEqual([box["words"] for box in self.picture(7)["listed"]][0], "W 1/1 write a 300 µs overtaken by 1")
        self.assertEqual(self.picture(7)["facts"]["overtook"], "1")

    def test_an_error_is_marked_said_and_counted(self):
        self.assertIn("fails after 600 µs: conflict; 1 asked later was answered before it. "
                      "A condition of the write did not hold", self.said(12))
        failed = [bar for bar in self.bars(12) if bar["state"] == "error"]
        self.assertEqual(len(failed), 1)
        self.assertIn("1 conflict", failed[0]["text"])
        self.assertEqual(self.picture(12)["facts"]["errors"], "1 conflict")
        self.assertEqual(self.lane(12)["says"], "1 in flight, 2 answered, 1 failed")

    def test_what_loses_its_connection_is_never_answered(self):
        self.assertIn("gives up connection 1 (someone) as a whole (unknown outcome)", self.said(14))
        self.assertIn("2 requests on it will have no answer: a write among them may have been done",
                      self.said(14))
        self.assertIn("2 of its 4 requests had no answer: a write among them may", self.said(15))
        self.assertEqual(sorted(bar["state"] for bar in self.bars(15)), ["error", "lost", "lost", "ok"])
        facts = self.picture(15)["facts"]
        self.assertEqual((facts["never answered"], facts["in flight now"], facts["most at once"]),
                         ("2", "0", "3"))
        self.assertIn("Nothing is in flight", self.picture(15)["list"])

    def test_latencies_are_counted(self):
        for place, median, worst in ((6, "none yet", "none yet"), (7, "200 µs", "200 µs"),
                                     (12, "200 µs", "600 µs")):
            facts = self.picture(place)["facts"]
            self.assertEqual((facts["median latency"], facts["worst"]), (median, worst), place)

    def test_a_step_back_shows_what_was_there_before(self):
        self.assertTrue(self.seen["same_backward"])
        self.assertEqual(self.seen["problems"] + self.seen["foreign"], [])


def told(content):
    """What the page's model should say after each event, found out in another way."""
    events = [json.loads(line) for line in content.decode().splitlines()[1:]]
    flight = collections.defaultdict(dict)  # connection to id to the number of its event
    latencies, most, overtaking, lost = [], 0, 0, 0
    yield 0, 0, 0, 0, 0, None, None
    for event in events:
        there = flight[event["connection"]]
        if event["event"] == "request":
            there[event["id"]] = (len(there), event["at"])
        elif event["event"] == "response" and event["id"] != 0:
            overtaking += next(iter(there)) != event["id"]
            latencies.append(event["at"] - there.pop(event["id"])[1])
        elif event["event"] == "closed":
            lost += len(there)
            there.clear()
        now = sum(map(len, flight.values()))
        most = max(most, now)
        yield (now, most, len(latencies), overtaking, lost, max(latencies, default=None),
               statistics.median_low(latencies) if latencies else None)


class Model(BrowserTest):
    def states(self, content):
        return self.drive("wire_states", "/t.jsonl", {"/t.jsonl": lambda: content})

    def check(self, content):
        seen = self.states(content)["states"]
        self.assertEqual(
            [(s["in_flight"], s["most"], s["answered"], s["overtaking"], s["lost"], s["worst"],
              s["median"]) for s in seen], list(told(content)))
        for state in seen:
            for requests in state["flight"].values():
                slots = [request["slot"] for request in requests]
                self.assertEqual(len(set(slots)), len(slots), "two bars in one place")

    def test_every_state_of_the_sample_counts_right(self):
        self.check(SAMPLE.read_bytes())

    def test_every_state_of_the_story_counts_right(self):
        self.check(trace(STORY)["/t.jsonl"]())
        end = self.states(trace(STORY)["/t.jsonl"]())["states"][-1]
        self.assertEqual(end["ended"], ["1/2 ok 1 0", "1/1 error 0 1", "1/3 lost 0 0", "1/4 lost 0 0"])

    def test_an_event_may_be_older_than_the_one_before(self):
        events = connected(0, 1) + [asked(100, 1, 1), answered(90, 1, 1), asked(95, 1, 2)]
        state = self.states(trace(events)["/t.jsonl"]())["states"][-1]
        self.assertEqual((state["at"], state["worst"]), (100, 0))

    def test_a_number_may_be_asked_twice_and_an_answer_may_come_to_none(self):
        events = connected(0, 1) + [asked(1, 1, 7), asked(2, 1, 7), answered(3, 1, 7),
                                    answered(4, 1, 7), answered(5, 1, 7), closed(6, 1), closed(7, 1)]
        end = self.states(trace(events)["/t.jsonl"]())["states"][-1]
        self.assertEqual((end["in_flight"], end["answered"], end["lost"], end["closed"]), (0, 2, 0, 1))

    def test_an_axis_goes_back_from_now_without_gaps(self):
        for axis in self.states(SAMPLE.read_bytes())["axes"]:
            pieces = axis["pieces"]
            self.assertAlmostEqual(pieces[-1]["right"], NOW / 100)
            self.assertTrue(pieces[0]["left"] < 1e-9 or pieces[0]["from"] == 0)
            for before, after in zip(pieces, pieces[1:]):
                self.assertEqual((before["to"], before["right"]), (after["from"], after["left"]))
            for piece in pieces:
                self.assertLess(piece["from"], piece["to"])
            self.assertEqual([tick["at"] for tick in axis["ticks"]],
                             sorted(tick["at"] for tick in axis["ticks"]))
            self.assertLess(len(axis["ticks"]), 40)
            self.assertIn("now", [label["kind"] for label in axis["labels"]])

    def test_what_was_typed_minutes_apart_stands_side_by_side(self):
        minute = 60_000_000
        events = connected(0, 1)
        for i in range(5):
            events += [asked(i * minute, 1, i + 1), answered(i * minute + 100, 1, i + 1)]
        axes = self.states(trace(events)["/t.jsonl"]())["axes"]
        axis = next(axis for axis in axes if axis["window"] == 1000)
        self.assertEqual([cut["text"] for cut in axis["cuts"]], ["60.00 s"] * 4)
        self.assertEqual((axis["on"], axis["highest"]), (5, 1))


class Sample(BrowserTest):
    @classmethod
    def setUpClass(cls):
        if browser.find_browser() is None:
            return
        with browser.Server() as server:
            cls.seen = browser.drive(server, "step_through_high", SAMPLE_URL)

    def test_every_event_is_stepped_on_and_none_breaks_the_page(self):
        events = [json.loads(line) for line in SAMPLE.read_text().splitlines()[1:]]
        self.assertEqual(self.seen["problems"] + self.seen["foreign"], [])
        self.assertEqual(len(self.seen["forward"]), len(events) + 1)
        self.assertTrue(self.seen["same_backward"])
        said = [picture["sentence"] for picture in self.seen["forward"]]
        self.assertEqual([s for s in said if UNKNOWN.search(s)], [])
        for words in ("is refused: the connection does not begin with a ClientHello", "sends a proof",
                      "not authenticated", "it overtook 2 that were asked before it",
                      "from the first key on", "a batch of 2 operations"):
            self.assertTrue(any(words in s for s in said), words)

    def test_each_lane_and_bar_can_be_told_without_its_colour(self):
        for picture in self.seen["forward"]:
            self.assertTrue(picture["letters"])
            self.assertTrue(all(lane["badge"] for lane in rows_of(picture, "lane")))

    def test_bars_stay_on_the_axis(self):
        for picture in self.seen["forward"]:
            for lane in rows_of(picture, "lane"):
                for bar in bars(lane):
                    left, width = bar["places"]
                    self.assertTrue(0 <= left <= NOW and 0 <= width and left + width < 100.01, bar)

    def test_nothing_overflows_at_700_pixels(self):
        self.assertEqual(self.drive("narrow", SAMPLE_URL)["wide"], [])

    def test_more_time_and_less_lose_no_request(self):
        result = self.drive("zoom", SAMPLE_URL)
        self.assertTrue(result["stayed"])
        windows = [picture["window"] for picture in result["seen"]]
        self.assertEqual(windows[:12], windows[24:12:-1])
        self.assertEqual((windows[0], windows[12], windows[-1]),
                         ("window 500 µs", "window 5 s", "window 1 µs"))
        whole = result["seen"][12]
        self.assertEqual([len(bars(row(whole, number))) for number in ("8", "9")], [11, 13])


def crowd(connections, events):
    """So many connections, each with up to 4 requests in flight; and so many events."""
    made = [event for number in range(1, connections + 1) for event in connected(number, number, "load")]
    flight = collections.deque()
    at, asked_so_far = connections, collections.Counter()
    while len(made) < events:
        at += 3
        number = asked_so_far.total() * 7 % connections + 1
        asked_so_far[number] += 1
        made.append(asked(at, number, asked_so_far[number], "write" if at % 2 else "get", f"key{at}", 1))
        flight.append((number, asked_so_far[number]))
        if len(flight) >= 4 * connections - 10:
            if at % 5 == 0:  # the second goes first
                flight.rotate(-1)
            made.append(answered(at + 1, *flight.popleft()))
    return made[:events]


class Many(BrowserTest):
    def test_hundreds_of_connections_are_all_accounted_for(self):
        result = self.drive("scroll", "/t.jsonl", trace(crowd(400, 6000)))
        numbers = {number for seen in result["seen"] for number in seen["order"]}
        self.assertEqual(numbers, {str(number) for number in range(1, 401)})
        for seen in result["seen"]:
            self.assertIn("Out of sight, of 400 lanes", seen["beyond"])
        self.assertIn("asks, as request", result["clicked"])

    def test_tens_of_thousands_of_events_keep_the_page_small(self):
        result = self.drive("large", "/t.jsonl", trace(crowd(400, 60_000)))
        self.assertEqual(result["count"], 60_000)
        self.assertLess(result["elements"], 3000)
        end = result["end"]
        self.assertEqual(end["facts"]["connections"], "400 open, 0 closed")
        self.assertGreater(int(end["facts"]["in flight now"]), 1500)
        self.assertIn("that are younger", end["list"])
        above, below = (int((re.search(rf"(\d+) lanes? {where}", end["beyond"]) or [0, 0])[1])
                        for where in ("above", "below"))
        self.assertGreaterEqual(above + below + len(end["rows"]), 400)

    def test_a_lane_with_very_many_bars_becomes_a_crowd_and_says_so(self):
        events = connected(0, 1)
        for i in range(1, 1001):
            events += [asked(10 * i, 1, i), answered(10 * i + 5, 1, i, "not found" if i == 990 else "")]
        result = self.drive("zoom", "/t.jsonl", trace(events))
        lane = row(result["seen"][12], "1")
        self.assertTrue(any("crowd" in box["kinds"] for box in lane["boxes"]))
        self.assertEqual(lane["note"], "1000 requests: + shows each")
        self.assertEqual({bar["state"] for bar in bars(lane)}, {"error", "ok"})
        self.assertLess(len(bars(lane)), 5)

    def test_a_lane_that_is_alone_has_room_for_many_at_once(self):
        events = connected(0, 1) + [asked(i, 1, i, "write", "a", 1) for i in range(1, 17)]
        seen = self.drive("step_through_high", "/t.jsonl", trace(events))["forward"]
        shown = bars(row(seen[-1], "1"))
        self.assertEqual(len({bar["top"] for bar in shown}), 16)
        self.assertTrue(all(bar["text"].startswith("W") for bar in shown), "too low for a letter")

    def test_connections_of_long_ago_are_counted_where_they_have_no_lane(self):
        events = []
        for i in range(1, 31):
            events += [*connected(i * 1000, i), asked(i * 1000, i, 1), answered(i * 1000 + 10, i, 1),
                       closed(i * 1000 + 10, i)]
        end = self.drive("zoom", "/t.jsonl", trace(events))["seen"][-1]
        self.assertEqual([row["id"] for row in end["rows"]], [str(number) for number in range(25, 31)])
        self.assertIn("24 connections closed before this time have no lane (0 refused)", end["beyond"])

    def test_what_a_server_did_not_begin_before_it_gave_up_was_not_done(self):
        events = [*connected(0, 1), asked(1, 1, 1, "write", "a", 1), answered(2, 1, 0, "unavailable"),
                  closed(3, 1)]
        seen = self.drive("step_through", "/t.jsonl", trace(events, "week04-coordinator"))["forward"]
        self.assertIn("1 request on it will have no answer: what they asked for was not done",
                      seen[5]["sentence"])
        self.assertIn("1 of its 1 request had no answer: what they", seen[6]["sentence"])

    def test_markup_and_foreign_events_stay_text(self):
        events = [*connected(0, 1, "<img src=x onerror=alert(1)>"),
                  asked(1, 1, 1, "constructor", "<b>", 1), answered(2, 1, 1, "__proto__"),
                  {"event": "constructor"}]
        seen = self.drive("step_through", "/t.jsonl", trace(events, "week04-storage"))["forward"]
        self.assertIn("<img", seen[2]["sentence"])
        self.assertIn('for "constructor"', seen[4]["sentence"])
        self.assertEqual(seen[5]["facts"]["errors"], "1 __proto__")
        self.assertIn("does not know", seen[6]["sentence"])


class LiveTrace(BrowserTest):
    def load(self, address, *options):
        subprocess.run([program("strata-load"), f"--connect={address}", *options], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60)

    def test_what_a_server_writes_is_understood(self):
        with served("week04-server", "--store=week03", "--sync=always") as (address, end):
            subprocess.run([program("week04-repl"), "--connect", address], check=True, timeout=60,
                           input="PUT a 1\nGET a\nSCAN\nDELETE a\n", text=True,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            self.load(address, "--connections=3", "--pipeline=3", "--num=9", "--reads=18",
                      "--workloads=fillrandom,ycsba")
            content = end()
        pages = {"/live.jsonl": lambda: content}
        seen = self.drive("step_through_high", "/live.jsonl", pages)
        said = [picture["sentence"] for picture in seen["forward"]]
        self.assertEqual([s for s in said if UNKNOWN.search(s)], [])
        self.assertTrue(seen["same_backward"])
        self.assertTrue(any('(week04-repl) asks, as request 1, to write "a"' in s for s in said))
        states = self.drive("wire_states", "/live.jsonl", pages)["states"]
        self.assertEqual([(s["in_flight"], s["most"], s["answered"], s["overtaking"], s["lost"],
                           s["worst"], s["median"]) for s in states], list(told(content)))
        self.assertGreater(states[-1]["most"], 3)

    def test_much_load_is_understood(self):
        with served("week04-server", "--store=memory") as (address, end):
            self.load(address, "--connections=200", "--pipeline=4", "--num=2000", "--reads=8000",
                      "--workloads=fillrandom,ycsba")
            content = end()
        # The script goes to the middle: there must be one.
        whole = content.splitlines(keepends=True)
        content = b"".join(whole[:len(whole) - (len(whole) - 1) % 2])
        seen = self.drive("large", "/live.jsonl", {"/live.jsonl": lambda: content})
        self.assertGreater(seen["count"], 20_000)
        self.assertLess(seen["elements"], 3000)
        self.assertEqual(seen["end"]["facts"]["never answered"], "0")
        self.assertGreater(int(seen["end"]["facts"]["most at once"]), 100)


if __name__ == "__main__":
    unittest.main()
