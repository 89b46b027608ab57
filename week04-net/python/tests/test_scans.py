"""Scans: ranges, many pages, and those that nobody reads to the end."""

from strata import InvalidArgument, Unavailable
from tests.server import Server, ServerCase, wait_until

COUNT = 3000
VALUE = b"v" * 100  # a page has 64 KiB: there are some six


def key(number):
    return b"key%05d" % number


class Scans(ServerCase):
    def fill(self):
        with self.client.batch() as batch:
            for number in range(COUNT):
                batch.put(key(number), VALUE)

    def keys(self, **arguments):
        return [found for found, _ in self.client.scan(**arguments)]

    def test_takes_all_pages_in_order(self):
        self.fill()
        everything = [(key(number), VALUE) for number in range(COUNT)]
        self.assertEqual(list(self.client.scan()), everything)
        self.assertEqual(list(self.client.scan(reverse=True)), everything[::-1])

    def test_takes_a_part(self):
        self.fill()
        every = [key(number) for number in range(COUNT)]
        self.assertEqual(self.keys(start=key(10), end=key(2500)), every[10:2500])
        self.assertEqual(self.keys(start=key(10), reverse=True), every[:9:-1])
        self.assertEqual(self.keys(end=key(10)), every[:10])
        self.assertEqual(self.keys(prefix="key02"), every[2000:3000])
        self.assertEqual(self.keys(limit=2000), every[:2000])
        self.assertEqual(self.keys(limit=3, reverse=True), every[:-4:-1])
        self.assertEqual(self.keys(limit=0), [])
        self.assertEqual(self.keys(start=key(5), end=key(5)), [])
        self.assertEqual(self.keys(start="z"), [])

    def test_knows_what_is_behind_a_prefix(self):
        names = [b"a", b"a\xff", b"a\xff\xff1", b"b", b"\xff", b"\xff\xff", b"\xff\xffx"]
        for name in names:
            self.client.put(name, "1")
        for prefix in (b"", b"a", b"a\xff", b"\xff", b"\xff\xff", b"c"):
            wanted = sorted(name for name in names if name.startswith(prefix))
            self.assertEqual(self.keys(prefix=prefix), wanted, prefix)

    def test_sees_the_moment_in_which_it_began(self):
        self.fill()
        scan = self.client.scan()
        first, _ = next(scan)
        with self.client.batch() as batch:
            for number in range(COUNT):
                batch.delete(key(number))
        self.assertEqual([first, *(found for found, _ in scan)], [key(n) for n in range(COUNT)])
        self.assertEqual(self.keys(), [])

    def test_other_requests_and_scans_may_come_between(self):
        self.fill()
        pairs = 0
        for (one, _), (other, _) in zip(self.client.scan(), self.client.scan(reverse=True)):
            self.assertEqual((one, other), (key(pairs), key(COUNT - 1 - pairs)))
            if pairs % 100 == 0:
                self.assertEqual(self.client.get(one), VALUE)
            pairs += 1
        self.assertEqual(pairs, COUNT)

    def test_those_that_are_abandoned_are_closed_on_the_server(self):
        self.client.put("a", b"x" * (64 << 10))  # a page
        self.client.put("b", b"x")
        most_that_may_be_open = 1024
        for _ in range(most_that_may_be_open + 50):
            for found, _ in self.client.scan():
                self.assertEqual(found, b"a")
                break
        wait_until(lambda: self.client.stats()["open_scans"] == 0, "all scans are closed")

    def test_one_that_is_never_begun_costs_nothing(self):
        scan = self.client.scan()
        scan.close()
        self.assertEqual(self.client.stats()["open_scans"], 0)

    def test_refuses_at_once_what_makes_no_sense(self):
        for arguments in ({"prefix": "a", "start": "b"}, {"prefix": "a", "end": "b"},
                          {"limit": -1}, {"limit": 2**64}):
            with self.assertRaises(InvalidArgument):
                self.client.scan(**arguments)

    def test_one_whose_server_goes_half_way_says_so(self):
        server = Server("--store", "memory")
        self.addCleanup(server.kill)
        with server.client() as client:
            client.put("a", b"x" * (64 << 10))
            client.put("b", "1")
            scan = client.scan()
            next(scan)
            server.kill()
            with self.assertRaises(Unavailable):
                next(scan)
