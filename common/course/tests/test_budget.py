"""How a proof uses its minutes: what comes first, what is left out, and that this is said."""

import unittest
from types import SimpleNamespace
from unittest import mock

from strata_course.budget import Budget, noted

WEEKS = [SimpleNamespace(number=number) for number in (1, 2, 3, 4)]


class Minutes(unittest.TestCase):
    def test_without_them_everything_is_proved_in_its_own_order(self):
        budget = Budget(seed="x")
        share = budget.of_week(WEEKS[0], WEEKS, 2)
        self.assertEqual(share.ordered([3, 1, 2], str), [3, 1, 2])
        with mock.patch("time.monotonic", side_effect=range(0, 10**9, 10**6)):
            self.assertTrue(all(share.allows(f"bug {number}") for number in range(9)))
        self.assertEqual(budget.left_out, [])

    def test_a_week_that_is_touched_gets_most_of_them(self):
        budget = Budget(10, first=[2, 3])
        shares = [budget.of_week(week, WEEKS, 2).seconds for week in WEEKS]
        self.assertAlmostEqual(shares[2], 4 * shares[0])
        self.assertAlmostEqual(sum(shares), 2 * 10 * 60 * 2 / 3)  # two lanes, two thirds
        self.assertAlmostEqual(budget.of_lessons().seconds, 200)

    def test_a_week_alone_has_no_more_than_there_is(self):
        self.assertAlmostEqual(Budget(3).of_week(WEEKS[0], WEEKS[:1], 2).seconds, 120)

    def test_what_is_left_out_is_said(self):
        budget = Budget(3)
        share = budget.of_week(WEEKS[0], WEEKS[:1], 2)
        with mock.patch("time.monotonic", side_effect=[0, 0, 119, 121]):
            self.assertEqual([share.allows(name) for name in "abc"], [True, True, False])
        self.assertEqual(budget.left_out, ["week 1: c"])
        self.assertEqual((noted("ok", 1), noted("ok", 0)), ("ok, 1 left out", "ok"))

    def test_the_sample_moves_with_the_seed(self):
        items = list(range(30))
        one, two, again = (Budget(1, seed=seed).of_lessons().ordered(items, str)
                           for seed in ("one", "two", "one"))
        self.assertEqual(one, again)
        self.assertNotEqual(one, two)
        self.assertEqual(sorted(one), items)
