#include "shell/output.h"

#include <fcntl.h>
#include <gmock/gmock.h>

#include <csignal>
#include <thread>

#include "pipe.h"

namespace strata::shell {
namespace {

using testing::Pipe;

TEST(Output, FlushHandsOverEverythingInOrder) {
  Pipe pipe;
  Output out(pipe.write_end());
  out.text("a");
  out.stream() << "b" << 3 << 'c' << std::string(3, 'd');
  out.line("e");
  ASSERT_TRUE(out.flush());
  EXPECT_EQ(pipe.read(), "ab3cddde\n");
}

TEST(Output, TextLargerThanAnyBufferArrivesWhole) {
  Pipe pipe;
  const std::string large(std::size_t{3} << 20, 'x');
  std::string seen;
  {
    const std::jthread reader([&] { seen = pipe.read_all(); });
    Output out(pipe.write_end());
    out.text("<");
    out.text(large);
    out.text(">");
    EXPECT_TRUE(out.flush());
    pipe.close_write_end();
  }
  EXPECT_EQ(seen, "<" + large + ">");
}

TEST(Output, WaitsForASlowReaderOfANonBlockingDescriptor) {
  Pipe pipe;
  ASSERT_EQ(::fcntl(pipe.write_end(), F_SETFL, O_NONBLOCK), 0);
  std::string seen;
  {
    const std::jthread reader([&] { seen = pipe.read_all(); });
    Output out(pipe.write_end());
    out.text(std::string(std::size_t{1} << 20, 'x'));
    EXPECT_TRUE(out.flush());
    pipe.close_write_end();
  }
  EXPECT_EQ(seen.size(), std::size_t{1} << 20);
}

TEST(Output, AReaderWhoLeftIsToldFromABrokenDisk) {
  std::signal(SIGPIPE, SIG_IGN);
  Pipe pipe;
  pipe.close_read_end();
  Output to_nobody(pipe.write_end());
  to_nobody.line("hello");
  EXPECT_FALSE(to_nobody.flush());
  EXPECT_TRUE(to_nobody.reader_gone());

  const int full = ::open("/dev/full", O_WRONLY);
  Output to_full_disk(full);
  to_full_disk.line("hello");
  const auto flushed = to_full_disk.flush();
  ASSERT_FALSE(flushed);
  EXPECT_THAT(flushed.error().message, ::testing::HasSubstr("No space left"));
  EXPECT_FALSE(to_full_disk.reader_gone());
  EXPECT_FALSE(to_full_disk.flush()) << "the first failure must stay";
  ::close(full);
}

}  // namespace
}  // namespace strata::shell
