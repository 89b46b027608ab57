#include "shell/pipe_reader.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <thread>

#include "env/random.h"
#include "pipe.h"

namespace strata::shell {
namespace {

using namespace std::string_literals;
using testing::Pipe;

std::string expect_text(PipeReader& reader) {
  const auto line = reader.next();
  EXPECT_TRUE(line && line->kind == Line::Kind::kText);
  return line ? std::string(line->text) : "";
}

Line::Kind next_kind(PipeReader& reader) {
  const auto line = reader.next();
  EXPECT_TRUE(line);
  return line ? line->kind : Line::Kind::kEnd;
}

TEST(PipeReader, SplitsLines) {
  Pipe pipe;
  pipe.write("one\n\n t w o \nlast");
  pipe.close_write_end();
  PipeReader reader(pipe.read_end());
  EXPECT_EQ(expect_text(reader), "one");
  EXPECT_EQ(expect_text(reader), "");
  EXPECT_EQ(expect_text(reader), " t w o ");
  EXPECT_EQ(expect_text(reader), "last");
  EXPECT_EQ(next_kind(reader), Line::Kind::kEnd);
  EXPECT_EQ(next_kind(reader), Line::Kind::kEnd);
}

TEST(PipeReader, ALineMayEndAsOnOtherSystems) {
  Pipe pipe;
  pipe.write("one\r\n\r\na\rb\r\r\n");
  pipe.close_write_end();
  PipeReader reader(pipe.read_end());
  EXPECT_EQ(expect_text(reader), "one");
  EXPECT_EQ(expect_text(reader), "");
  EXPECT_EQ(expect_text(reader), "a\rb\r");
  EXPECT_EQ(next_kind(reader), Line::Kind::kEnd);
}

TEST(PipeReader, KeepsNulBytes) {
  Pipe pipe;
  pipe.write("a\0b\n\0\n"s);
  PipeReader reader(pipe.read_end());
  EXPECT_EQ(expect_text(reader), "a\0b"s);
  EXPECT_EQ(expect_text(reader), "\0"s);
}

TEST(PipeReader, AnswersALineBeforeTheNextIsThere) {
  Pipe pipe;
  PipeReader reader(pipe.read_end());
  pipe.write("first\nsec");
  EXPECT_EQ(expect_text(reader), "first");
  pipe.write("ond\n");
  EXPECT_EQ(expect_text(reader), "second");
}

TEST(PipeReader, TheLimitIsExact) {
  for (const bool newline : {true, false}) {
    Pipe pipe;
    pipe.write("1234567890\n12345678901\nafter\n12345678901" + (newline ? "\n"s : ""s));
    pipe.close_write_end();
    PipeReader reader(pipe.read_end(), 10);
    EXPECT_EQ(expect_text(reader), "1234567890");
    EXPECT_EQ(next_kind(reader), Line::Kind::kTooLong);
    EXPECT_EQ(expect_text(reader), "after");
    EXPECT_EQ(next_kind(reader), Line::Kind::kTooLong);
    EXPECT_EQ(next_kind(reader), Line::Kind::kEnd);
  }
}

TEST(PipeReader, LinesOfAnySizeAroundTheChunkArriveWhole) {
  env::Random random(11);
  std::vector<std::string> lines;
  for (int i = 0; i < 200; ++i)
    lines.push_back(std::string(random.below(3 * PipeReader::kChunkSize), 'a' + char(i % 26)));
  Pipe pipe;
  const std::jthread writer([&] {
    for (const std::string& line : lines) pipe.write(line + "\n");
    pipe.close_write_end();
  });
  PipeReader reader(pipe.read_end());
  for (const std::string& line : lines) ASSERT_EQ(expect_text(reader), line);
  EXPECT_EQ(next_kind(reader), Line::Kind::kEnd);
}

TEST(PipeReader, AGibibyteLineIsSkippedInBoundedMemory) {
  Pipe pipe;
  const std::jthread writer([&] {
    const std::string piece(std::size_t{1} << 20, 'x');
    for (int i = 0; i < 1024; ++i) pipe.write(piece);
    pipe.write("\nGET a\n");
  });
  constexpr std::size_t kLimit = std::size_t{4} << 20;
  PipeReader reader(pipe.read_end(), kLimit);
  EXPECT_EQ(next_kind(reader), Line::Kind::kTooLong);
  EXPECT_LE(reader.capacity(), kLimit + PipeReader::kChunkSize);
  EXPECT_EQ(expect_text(reader), "GET a");
}

TEST(PipeReader, TheLongestLineFitsAndItsMemoryIsGivenBack) {
  Pipe pipe;
  const std::jthread writer([&] { pipe.write(std::string(kMaxLineSize, 'x') + "\nGET a\n"); });
  PipeReader reader(pipe.read_end());
  EXPECT_EQ(expect_text(reader).size(), kMaxLineSize);
  EXPECT_LE(reader.capacity(), kMaxLineSize + PipeReader::kChunkSize);
  EXPECT_EQ(expect_text(reader), "GET a");
}

TEST(PipeReader, WaitsOnANonBlockingDescriptor) {
  Pipe pipe;
  ASSERT_EQ(::fcntl(pipe.read_end(), F_SETFL, O_NONBLOCK), 0);
  const std::jthread writer([&] { pipe.write("late\n"); });
  PipeReader reader(pipe.read_end());
  EXPECT_EQ(expect_text(reader), "late");
}

TEST(PipeReader, AReadErrorIsNotTheEnd) {
  PipeReader reader(-1);
  const auto line = reader.next();
  ASSERT_FALSE(line);
  EXPECT_EQ(line.error().code, ErrorCode::kIo);
}

}  // namespace
}  // namespace strata::shell
