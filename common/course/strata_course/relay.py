"""Carries the connections between the servers of a cluster, so that they can be cut.

Each server has a port of its own, and a second one, here, that all others are told of. Who connects
says its name in its first message (week04-net/FORMAT.md, "Handshake"). While two servers are cut
off from each other, nothing is carried between them, and nobody is told: what was sent waits, as in
a real network. Clients that are no servers are never cut off.

    python3 relay.py FILE      FILE: {"servers": {"n1": {"at": PORT, "to": PORT}}, "cut": ["n1"]}

The servers in "cut" are cut off from all that are not in it. It reads the file again after SIGHUP.
"""

import asyncio
import json
import signal
import sys

HEADER = 8              # of a frame: its size and its checksum, 4 bytes each
LONGEST_HELLO = 1 << 16
CLIENT_FIELD = 5        # of ClientHello: a name
AT_ONCE = 1 << 16


def varint(data, at):
    value, shift = 0, 0
    while True:
        byte = data[at]
        value |= (byte & 0x7f) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def name_in(hello):
    """The name of the client in the payload of its first frame; "" if there is none."""
    at, name = 0, ""
    try:
        while at < len(hello):
            key, at = varint(hello, at)
            if key & 7 == 0:
                _, at = varint(hello, at)
            elif key & 7 == 2:
                size, at = varint(hello, at)
                if at + size > len(hello):
                    return ""
                if key >> 3 == CLIENT_FIELD:
                    name = hello[at:at + size].decode("utf-8", "replace")
                at += size
            else:
                return name
    except IndexError:
        return ""
    return name


class Relay:
    def __init__(self, file):
        self.file = file
        self.servers = {}
        self.cut = set()
        self.changed = asyncio.Event()

    def read(self):
        with open(self.file, encoding="utf-8") as text:
            state = json.load(text)
        self.servers = state["servers"]
        self.cut = set(state.get("cut", ()))
        self.changed.set()
        self.changed = asyncio.Event()

    async def may_pass(self, one, other):
        """Waits as long as the two are cut off from each other."""
        while one in self.servers and (one in self.cut) != (other in self.cut):
            await self.changed.wait()

    async def carry(self, reader, writer, one, other):
        try:
            while data := await reader.read(AT_ONCE):
                await self.may_pass(one, other)
                writer.write(data)
                await writer.drain()
        except (ConnectionError, OSError):
            pass
        finally:
            writer.close()

    async def connected(self, server, reader, writer):
        try:
            first = await reader.readexactly(HEADER)
            size = int.from_bytes(first[:4], "little")
            if size > LONGEST_HELLO:
                return writer.close()
            first += await reader.readexactly(size)
            client = name_in(first[HEADER:])
            await self.may_pass(client, server)
            on_reader, on_writer = await asyncio.open_connection(
                "127.0.0.1", self.servers[server]["to"])
            on_writer.write(first)
        except (asyncio.IncompleteReadError, ConnectionError, OSError):
            return writer.close()
        await asyncio.gather(self.carry(reader, on_writer, client, server),
                             self.carry(on_reader, writer, client, server))

    async def serve(self):
        """Listens for each server; for those that the file names later, too."""
        listening = {}
        while True:
            changed = self.changed
            for name, ports in self.servers.items():
                if name not in listening:
                    listening[name] = await asyncio.start_server(
                        lambda r, w, name=name: self.connected(name, r, w), "127.0.0.1",
                        ports["at"])
                    print(f"carries for {name}", flush=True)
            await changed.wait()


async def main(file):
    relay = Relay(file)
    relay.read()
    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, relay.read)
    await relay.serve()


if __name__ == "__main__":
    try:
        asyncio.run(main(sys.argv[1]))
    except KeyboardInterrupt:
        pass
