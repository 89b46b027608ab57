"""A line of the shell, taken apart; bytes as the shell shows them."""

import io
import unittest

from strata import InvalidArgument, command, console, text
from strata.verbs import scan_arguments


def words(line, rest=None):
    verb, at = command.split(line)
    return verb, [word.text for word in command.arguments(line, at, rest)]


class Command(unittest.TestCase):
    def test_is_a_verb_and_words(self):
        self.assertEqual(words(b" PUT\ta  b "), (b"PUT", [b"a", b"b"]))
        self.assertEqual(words(b""), (b"", []))
        self.assertEqual(words(b"  # PUT a b"), (b"", []))

    def test_the_last_argument_may_be_the_rest_of_the_line(self):
        self.assertEqual(words(b"PUT a  two  words ", rest=1), (b"PUT", [b"a", b"two  words "]))
        self.assertEqual(words(b'PUT a b "c', rest=1), (b"PUT", [b"a", b'b "c']))
        self.assertEqual(words(b'PUT a "b c"  ', rest=1), (b"PUT", [b"a", b"b c"]))
        self.assertEqual(words(b'PUT a ""', rest=1), (b"PUT", [b"a", b""]))

    def test_quotes_hold_any_bytes(self):
        self.assertEqual(words(rb'GET "\x00\xfF\n\t\\\" "'), (b"GET", [b'\x00\xff\n\t\\" ']))
        self.assertEqual(words(rb"GET \x41"), (b"GET", [rb"\x41"]))

    def test_an_error_names_its_column(self):
        for line, error in ((b'GET "a', "column 5: this quote is never closed"),
                            (b'GET "a"b', "column 8: text touches the closing quote"),
                            (rb'GET "\q"', "column 6: unknown escape"),
                            (rb'GET "\x4"', r"column 6: \\x needs two hexadecimal digits"),
                            (b'GET "\\', "column 6: unknown escape")):
            with self.assertRaisesRegex(InvalidArgument, error):
                words(line)
        with self.assertRaisesRegex(InvalidArgument, "column 11: text after the closing quote"):
            words(b'PUT a "b" c', rest=1)

    def test_a_star_is_a_wildcard_only_where_it_was_typed(self):
        found = command.arguments(rb'a* * "a*" "a\x2a" "*a" a', 0)
        self.assertEqual([word.wildcard for word in found], [True, True, True, False, False, False])


class Scan(unittest.TestCase):
    def parse(self, line):
        return scan_arguments(command.arguments(line, 0))

    def test_takes_a_range_or_a_prefix_and_options(self):
        self.assertEqual(self.parse(b""), {})
        self.assertEqual(self.parse(b"a b"), {"start": b"a", "end": b"b"})
        self.assertEqual(self.parse(b"a* limit 3 Reverse"),
                         {"prefix": b"a", "limit": 3, "reverse": True})
        self.assertEqual(self.parse(b'"LIMIT" "REVERSE"'), {"start": b"LIMIT", "end": b"REVERSE"})

    def test_refuses_all_else(self):
        for line in (b"a b c", b"LIMIT", b"REVERSE a", b"LIMIT 1 a", b"LIMIT x", b"LIMIT -1",
                     b"LIMIT 18446744073709551616"):
            with self.assertRaises(InvalidArgument, msg=line):
                self.parse(line)


class PipedLines(unittest.TestCase):
    def test_a_line_may_end_as_on_other_systems(self):
        lines = console.piped_lines(io.BytesIO(b"one\r\n\r\na\rb\r\r\nlast"))
        self.assertEqual(list(lines), [b"one", b"", b"a\rb\r", b"last"])


class Text(unittest.TestCase):
    def test_what_is_readable_stays_as_it_is(self):
        for readable in ("", "a b", 'say "a\\b"', "Käse ✓ 🧀"):
            self.assertEqual(text.printable(readable.encode()), readable)

    def test_all_else_is_quoted_so_that_the_shell_reads_it_back(self):
        for data in (b"\0", b"a\nb", b"\xff\"\\", b"\xc2\x80", b"\xc3\xa4\xc3", b"\xed\xa0\x80",
                     bytes(range(256)), b'"quoted"', b" indented", b"\xef\xbb\xbfa"):
            shown = text.printable(data)
            self.assertTrue(shown.isprintable(), data)
            self.assertEqual([word.text for word in command.arguments(shown.encode(), 0)], [data])

    def test_a_message_has_one_line(self):
        self.assertEqual(text.one_line("a\nb\x1b[2J\"\\"), "a\\x0ab\\x1b[2J\"\\")
        self.assertEqual(text.excerpt(b"x" * 41), "'" + "x" * 40 + "...'")
