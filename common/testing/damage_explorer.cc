#include "testing/damage_explorer.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "testing/sanitizers.h"

namespace strata::testing {
namespace {

constexpr std::size_t kSector = 512;
constexpr std::size_t kFlipStep = kSanitized ? 11 : 1;

}  // namespace

DamageExplorer::DamageExplorer(const env::SimulatedFileSystem& disk, const DamagedStore& store)
    : disk_(disk), store_(store) {
  collect(store.directory);
}

void DamageExplorer::collect(const env::Path& directory) {
  const auto copy = disk_.after_process_death();
  const auto names = copy->list(directory).value();
  for (const std::string& name : names) {
    const env::Path path = directory / name;
    if (copy->kind_of(path).value() == env::FileKind::kDirectory)
      collect(path);
    else if (name != "LOCK")
      files_[path] = copy->content(path);
  }
}

void DamageExplorer::flip_each_byte() {
  for (const auto& [path, bytes] : files_) {
    for (std::size_t at = 0; at < bytes.size() && !::testing::Test::HasFailure(); at += kFlipStep) {
      Bytes bad = bytes;
      bad[at] ^= std::byte{0x21};
      check_with(path, bad, fmt::format("{}, byte {} flipped", path.string(), at),
                 Allowed::kErrorOrAll);
    }
  }
}

void DamageExplorer::zero_each_sector() {
  for (const auto& [path, bytes] : files_) {
    for (std::size_t at = 0; at < bytes.size(); at += kSector) {
      Bytes bad = bytes;
      const std::size_t end = std::min(at + kSector, bad.size());
      std::fill(bad.begin() + static_cast<std::ptrdiff_t>(at),
                bad.begin() + static_cast<std::ptrdiff_t>(end), std::byte{0});
      check_with(path, bad, fmt::format("{}, sector at {} zeroed", path.string(), at),
                 Allowed::kErrorOrAll);
    }
  }
}

void DamageExplorer::cut_each_file(std::size_t step) {
  for (const auto& [path, bytes] : files_) {
    for (std::size_t size = 0; size < bytes.size(); size += step) {
      const Bytes bad(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
      check_with(path, bad, fmt::format("{} cut to {} bytes", path.string(), size),
                 Allowed::kErrorOrAll);
    }
  }
}

void DamageExplorer::remove_each_file() {
  for (const auto& [path, bytes] : files_) {
    const auto copy = disk_.after_process_death();
    ASSERT_TRUE(copy->remove(path).has_value());
    check(*copy, fmt::format("{} removed", path.string()), Allowed::kError);
  }
}

void DamageExplorer::put_each_file_over_another() {
  for (const auto& [to, old_bytes] : files_) {
    for (const auto& [from, bytes] : files_) {
      if (to == from || to.extension() != from.extension()) continue;
      check_with(to, bytes, fmt::format("{} put over {}", from.string(), to.string()),
                 Allowed::kError);
    }
  }
}

void DamageExplorer::check_with(const env::Path& path, const Bytes& bytes, const std::string& story,
                                Allowed allowed) {
  const auto copy = disk_.after_process_death();
  copy->set_content(path, bytes);
  check(*copy, story, allowed);
}

void DamageExplorer::check(env::SimulatedFileSystem& disk, const std::string& story,
                           Allowed allowed) {
  const std::uint64_t before = disk.fingerprint();
  auto store = store_.open(disk);
  if (!store) {
    check_refusal(store.error(), story);
    EXPECT_EQ(disk.fingerprint(), before) << story << ": a refused store was changed";
    return;
  }
  const auto found = contents_of(**store);
  if (!found) return check_refusal(found.error(), story);
  EXPECT_EQ(difference(store_.contents, *found), "") << story;
  EXPECT_NE(allowed, Allowed::kError) << story << ": nobody noticed";
}

void DamageExplorer::check_refusal(const Error& error, const std::string& story) {
  ++refused_;
  const bool clear = error.code == ErrorCode::kCorruption ||
                     error.code == ErrorCode::kUnsupported ||
                     error.code == ErrorCode::kInvalidArgument;
  EXPECT_TRUE(clear) << story << ": " << error.message;
  EXPECT_THAT(error.message, ::testing::HasSubstr(store_.directory.string())) << story;
}

}  // namespace strata::testing
