// A server whose log nobody reads.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <string>

#include "net_program.h"
#include "raw_peer.h"
#include "testing/child.h"
#include "testing/eventually.h"

namespace strata::net {
namespace {

using strata::testing::eventually;
using strata::testing::PipedChild;

// A place for a log, so full that not one more byte goes in. Reading makes room.
class FullLog {
 public:
  // `path`: opened by whoever writes the log. `descriptor` reads what was written there.
  FullLog(std::string path, int descriptor) : path_(std::move(path)), reader_(descriptor) {
    const int writer = ::open(path_.c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    while (::write(writer, "full", 4) > 0 || ::write(writer, "!", 1) > 0) {
    }
    ::close(writer);
  }
  ~FullLog() { ::close(reader_); }
  FullLog(const FullLog&) = delete;
  FullLog& operator=(const FullLog&) = delete;

  const std::string& path() const { return path_; }
  // Reads what there is now. Whether it, or what was read before, contains `text`.
  bool says(std::string_view text) {
    std::array<char, 4096> some{};
    while (const ssize_t size = ::read(reader_, some.data(), some.size())) {
      if (size < 0) break;
      got_.append(some.data(), static_cast<std::size_t>(size));
    }
    return got_.find(text) != std::string::npos;
  }

 private:
  const std::string path_;
  const int reader_;
  std::string got_;
};

std::unique_ptr<FullLog> full_pipe(const std::string& path) {
  EXPECT_EQ(::mkfifo(path.c_str(), S_IRUSR | S_IWUSR), 0);
  const int both_ends = ::open(path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
  return std::make_unique<FullLog>(path, both_ends);
}

std::unique_ptr<FullLog> full_terminal() {
  const int screen = ::posix_openpt(O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  EXPECT_EQ(::grantpt(screen), 0);
  EXPECT_EQ(::unlockpt(screen), 0);
  return std::make_unique<FullLog>(::ptsname(screen), screen);
}

// Whoever reads the log stands still. Strangers make the server write lines into it.
void serve_while_the_log_is_full(FullLog& log, const std::string& listen) {
  PipedChild server("/bin/sh",
                    {"-c", R"(log=$1; shift; exec "$0" "$@" 2>"$log")", STRATA_WEEK04_SERVER,
                     log.path(), "--store=memory", "--listen", listen});
  ASSERT_EQ(server.read_line(), "listening on " + listen);
  const Endpoint endpoint = need(parse_endpoint(listen));
  const auto disturb = [&] {
    RawPeer stranger(endpoint);
    stranger.send("GET / HTTP/1.0\r\n\r\n");
    while (stranger.receive()) {
    }
  };
  disturb();
  need(client_of(endpoint)->put("key", "value"));
  EXPECT_TRUE(log.says("full"));
  EXPECT_TRUE(eventually([&] {
    disturb();
    return log.says("lines left out, since nobody read the log: ");
  }));
  ::kill(server.process(), SIGTERM);
  EXPECT_EQ(server.wait(), 0);
}

TEST_F(NetProgram, ServesWhileNobodyReadsItsLog) {
  serve_while_the_log_is_full(*full_pipe(path("log")), "unix:" + path("server.sock"));
}

TEST_F(NetProgram, ServesWhileItsTerminalStandsStill) {
  serve_while_the_log_is_full(*full_terminal(), "unix:" + path("server.sock"));
}

}  // namespace
}  // namespace strata::net
