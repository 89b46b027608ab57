#include "lsm/table_set.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "env/forwarding_file_system.h"
#include "env/simulated_file_system.h"
#include "testing/results.h"
#include "testing/scarce_memory.h"

namespace strata::lsm {
namespace {

using testing::FailsWith;
using testing::IsOk;

constexpr std::uint64_t kStore = 5;
const env::Path kTables = "/tables";

class TableSetTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_THAT(fs_.make_directory(kTables), IsOk()); }

  // Adds a table with these keys. Each key is put at sequence `number`, with this number as its
  // value.
  void add(std::size_t level, std::uint64_t number, const std::vector<std::string>& keys) {
    auto builder = TableBuilder::create(fs_, kTables, {kStore, number}, {}).value();
    for (const std::string& key : keys)
      ASSERT_THAT(
          builder->add({key, SequenceNumber(number), OperationKind::kPut}, std::to_string(number)),
          IsOk());
    VersionEdit edit;
    edit.added = {{level, builder->finish().value()}};
    version_ = apply(version_, edit).value();
  }
  std::shared_ptr<const TableSet> open(const TableSet* before = nullptr) {
    return TableSet::open(fs_, kTables, kStore, {}, version_, before).value();
  }
  // Returns the value, or "" if no table has the key.
  static std::string get(const TableSet& set, std::string_view key,
                         SequenceNumber sequence = kMaxSequence) {
    const auto found = set.get(key, sequence).value();
    return found ? found->value : "";
  }

  env::SimulatedFileSystem fs_;
  Version version_;
};

TEST_F(TableSetTest, TheNewestTableThatKnowsTheKeyAnswers) {
  add(2, 1, {"a", "b", "c", "d"});
  add(1, 2, {"a", "b"});
  add(0, 3, {"a", "c"});
  add(0, 4, {"a", "e"});
  const auto set = open();
  EXPECT_EQ(get(*set, "a"), "4");
  EXPECT_EQ(get(*set, "a", SequenceNumber(3)), "3") << "at an older sequence number";
  EXPECT_EQ(get(*set, "a", SequenceNumber(2)), "2");
  EXPECT_EQ(get(*set, "b"), "2");
  EXPECT_EQ(get(*set, "c"), "3");
  EXPECT_EQ(get(*set, "d"), "1");
  EXPECT_EQ(get(*set, "bb"), "");
  std::vector<std::unique_ptr<EntryIterator>> sources;
  set->iterate(sources);
  EXPECT_EQ(sources.size(), 4u);
}

TEST_F(TableSetTest, FindsTheOneTableOfALowerLevelThatCanHoldTheKey) {
  add(1, 2, {"d", "f"});
  add(1, 1, {"a", "b"});
  add(1, 3, {"h"});
  const auto set = open();
  EXPECT_EQ(get(*set, "a") + get(*set, "b"), "11");
  EXPECT_EQ(get(*set, "d") + get(*set, "f"), "22");
  EXPECT_EQ(get(*set, "h"), "3");
  for (const char* key : {"A", "aa", "c", "e", "g", "i"}) EXPECT_EQ(get(*set, key), "") << key;
}

// Each thread counts in steps of sixteen.
TEST_F(TableSetTest, CountsWhatReadersWouldHaveBeenSpared) {
  add(1, 1, {"a", "z"});
  add(0, 2, {"a", "z"});
  const auto one = open();
  for (int i = 0; i < 1600; ++i) get(*one, "b");
  EXPECT_EQ(one->needless_looks(), 0u) << "one table of level 0 is as good as one of level 1";
  add(0, 3, {"a", "c"});
  add(0, 4, {"a", "z"});
  const auto set = open(one.get());
  for (int i = 0; i < 1600; ++i) get(*set, "a");
  EXPECT_EQ(set->needless_looks(), 0u) << "the newest has it";
  for (int i = 0; i < 1600; ++i) get(*set, "b");
  EXPECT_NEAR(static_cast<double>(set->needless_looks()), 3200, 32) << "three were asked";
  for (int i = 0; i < 1600; ++i) get(*set, "d");
  EXPECT_NEAR(static_cast<double>(set->needless_looks()), 4800, 48) << "of one its range is enough";
  for (int i = 0; i < 1600; ++i) {
    std::vector<std::unique_ptr<EntryIterator>> sources;
    set->iterate(sources);
  }
  EXPECT_NEAR(static_cast<double>(set->needless_looks()), 8000, 64);
}

TEST_F(TableSetTest, SaysThatThereAreManyMoreAtFirstForEachThousand) {
  add(0, 1, {"a", "z"});
  add(0, 2, {"a", "z"});
  const auto set = open();
  const auto said_in = [&](int looks) {
    int said = 0;
    for (int i = 0; i < looks; ++i) {
      get(*set, "b");
      said += set->many_more_looks();
    }
    return said;
  };
  EXPECT_NEAR(said_in(4 * 1024), 4, 1);
  EXPECT_NEAR(said_in(60 * 1024), 12, 2) << "then for each quarter more";
}

TEST_F(TableSetTest, SharesWhatIsOpenAndRefusesWhatIsMissing) {
  add(0, 1, {"a"});
  const auto before = open();
  ASSERT_THAT(fs_.remove(kTables / table_name(1)), IsOk());
  add(0, 2, {"b"});
  const auto set = open(before.get());
  EXPECT_EQ(get(*set, "a") + get(*set, "b"), "12") << "a file that was removed can still be read";
  EXPECT_THAT(TableSet::open(fs_, kTables, kStore, {}, version_, nullptr),
              FailsWith(ErrorCode::kCorruption));
}

TEST_F(TableSetTest, KeepsNoMoreFilesOpenThanItMay) {
  constexpr std::uint64_t kCount = 40;
  for (std::uint64_t number = 1; number <= kCount; ++number)
    add(1 + number % 3, number, {fmt::format("key{:02}", number)});
  const auto files = std::make_shared<OpenFiles>(4);
  const auto set =
      TableSet::open(fs_, kTables, kStore, {.files = files}, version_, nullptr).value();
  EXPECT_LE(files->count(), 4u);
  for (int round = 0; round < 3; ++round)
    for (std::uint64_t number = 1; number <= kCount; ++number) {
      ASSERT_EQ(get(*set, fmt::format("key{:02}", number)), std::to_string(number));
      ASSERT_LE(files->count(), 4u);
    }
  std::vector<std::unique_ptr<EntryIterator>> walks;
  set->iterate(walks);
  std::uint64_t entries = 0;
  for (const auto& walk : walks)
    for (walk->seek_to_first(); walk->valid(); walk->next()) ++entries;
  EXPECT_EQ(entries, kCount);
  EXPECT_LE(files->count(), 4u);
}

// A snapshot or a cursor may need a table that was removed. Its file stays until then.
TEST_F(TableSetTest, ARemovedTableIsReadableWhileSomebodyHoldsIt) {
  for (const std::uint64_t number : {1, 2, 3}) add(1, number, {fmt::format("key{}", number)});
  const auto files = std::make_shared<OpenFiles>(1);
  auto set = TableSet::open(fs_, kTables, kStore, {.files = files}, version_, nullptr).value();
  const std::vector<NumberAt> first{{.level = 1, .number = 1}};
  set->open_tables(first).front()->table->remove_when_unused();
  EXPECT_EQ(get(*set, "key2"), "2") << "closes the file of table 1";
  EXPECT_EQ(get(*set, "key1"), "1");
  set.reset();
  EXPECT_EQ(fs_.list(kTables).value().size(), 2u);
  EXPECT_EQ(files->count(), 0u);
}

// Whatever is open is in the list, and whatever is in the list is open: a file that goes must not
// take the place of another one with it.
TEST(OpenFilesTest, KeepsItsListWhenMemoryRunsOut) {
  env::SimulatedFileSystem fs;
  for (const char* path : {"/a", "/b", "/c"}) ASSERT_THAT(fs.create(path), IsOk());
  const auto has_size = [](const CachedFile& file) {
    try {
      return file.size().has_value();
    } catch (const std::bad_alloc&) {
      return false;
    }
  };
  for (std::uint64_t at = 0;; ++at) {
    SCOPED_TRACE(at);
    const auto files = std::make_shared<OpenFiles>(2);
    const CachedFile a(fs, "/a", files);
    const CachedFile b(fs, "/b", files);
    auto c = std::make_unique<CachedFile>(fs, "/c", files);
    EXPECT_TRUE(has_size(a));
    testing::ScarceMemory scarce(at);
    has_size(b);
    has_size(*c);
    scarce.stop();
    EXPECT_LE(files->count(), 2u);
    EXPECT_TRUE(has_size(a) && has_size(b) && has_size(*c));
    EXPECT_EQ(files->count(), 2u);
    c.reset();
    EXPECT_EQ(files->count(), 1u) << "it was open, as the last one that was read";
    if (!scarce.ran_out()) break;
  }
}

// Other parts of the process may have taken all descriptors.
class FewFiles final : public env::ForwardingFileSystem {
 public:
  FewFiles(env::FileSystem& fs, std::size_t most) : ForwardingFileSystem(fs), most_(most) {}
  Result<std::unique_ptr<env::RandomAccessFile>> open_for_read(const env::Path& path) override {
    if (open_ >= most_) return unavailable("too many open files");
    STRATA_TRY(auto file, base().open_for_read(path));
    return std::make_unique<Counted>(std::move(file), open_);
  }

 private:
  class Counted final : public env::RandomAccessFile {
   public:
    Counted(std::unique_ptr<env::RandomAccessFile> file, std::size_t& open)
        : file_(std::move(file)), open_(open) {
      ++open_;
    }
    ~Counted() override { --open_; }
    Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) const override {
      return file_->read_at(offset, into);
    }
    Result<std::uint64_t> size() const override { return file_->size(); }

   private:
    const std::unique_ptr<env::RandomAccessFile> file_;
    std::size_t& open_;
  };

  const std::size_t most_;
  std::size_t open_ = 0;
};

TEST_F(TableSetTest, MakesDoWithTheDescriptorsThatAreLeft) {
  for (const std::uint64_t number : {1, 2, 3, 4}) add(1, number, {fmt::format("key{}", number)});
  FewFiles few(fs_, 2);
  const auto files = std::make_shared<OpenFiles>(100);
  const auto set =
      TableSet::open(few, kTables, kStore, {.files = files}, version_, nullptr).value();
  for (const std::uint64_t number : {1, 2, 3, 4})
    EXPECT_EQ(get(*set, fmt::format("key{}", number)), std::to_string(number));
}

}  // namespace
}  // namespace strata::lsm
