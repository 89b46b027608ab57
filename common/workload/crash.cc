#include "workload/crash.h"

#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <utility>

#include "workload/runner.h"
#include "workload/sequential_reader.h"

namespace strata::workload {
namespace {

constexpr std::string_view kChildMark = "--fill-then-die";
enum ChildArgument { kMark = 1, kStore, kDirectory, kWriteBuffer, kFirstOption };

std::uint64_t user_bytes(const Settings& settings) {
  return settings.num * (settings.key_size + settings.value_size);
}

// A write buffer with room for twice the data, including what a store adds to each entry.
std::uint64_t ample_write_buffer(const Settings& settings) {
  constexpr std::uint64_t kLeast = std::uint64_t{64} << 20;
  return std::max(kLeast, 2 * (user_bytes(settings) + 100 * settings.num));
}

std::vector<std::string> child_arguments(const Subject& subject, std::uint64_t write_buffer,
                                         const Settings& settings) {
  return {"strata-load",
          std::string(kChildMark),
          subject.target().name,
          subject.directory().string(),
          fmt::format("{}", write_buffer),
          fmt::format("--num={}", settings.num),
          fmt::format("--key-size={}", settings.key_size),
          fmt::format("--value-size={}", settings.value_size),
          fmt::format("--seed={}", settings.seed)};
}

Result<void> run_child(std::vector<std::string> arguments) {
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  pid_t child = 0;
  if (const int error =
          ::posix_spawn(&child, "/proc/self/exe", nullptr, nullptr, argv.data(), environ);
      error != 0)
    return io_error(fmt::format("cannot start the process that is to crash: {}",
                                std::generic_category().message(error)));
  int status = 0;
  while (::waitpid(child, &status, 0) < 0)
    if (errno != EINTR) return io_error("cannot wait for the process that is to crash");
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) return {};
  return io_error("the process that was to crash failed before; see above");
}

// How many bytes the next opening must replay.
Result<std::uint64_t> weigh_log(const Subject& subject) {
  std::uint64_t bytes = 0;
  std::error_code error;
  for (std::filesystem::recursive_directory_iterator file(subject.directory(), error), end;
       !error && file != end; file.increment(error))
    if (file->is_regular_file() && file->path().string().ends_with(subject.target().log_suffix))
      bytes += file->file_size(error);
  if (error) return io_error("cannot weigh the log: " + error.message());
  return bytes;
}

Result<std::uint64_t> check_log(const Subject& subject, const Settings& settings) {
  STRATA_TRY(const std::uint64_t bytes, weigh_log(subject));
  const bool all_in_log = subject.target().log_suffix.empty() || bytes >= user_bytes(settings);
  if (bytes > 0 && all_in_log) return bytes;
  return invalid_argument(fmt::format(
      "crash_reopen: {} left {} bytes of log for {} bytes written; raise --write-buffer",
      subject.target().name, bytes, user_bytes(settings)));
}

Result<std::chrono::nanoseconds> time_opening(Subject& subject, SyncMode mode,
                                              std::uint64_t write_buffer) {
  const auto usual = std::exchange(subject.tuning().write_buffer, write_buffer);
  const env::SystemClock clock;
  const auto before = clock.steady();
  STRATA_TRY(subject.open(mode));
  const auto after = clock.steady();
  subject.tuning().write_buffer = usual;
  return after - before;
}

// Checks that the store has every key from 0 to num - 1, and nothing else.
Result<void> check_contents(Store& store, const Settings& settings) {
  KeyWriter keys(settings.key_size);
  SequentialReader reader(store, "");
  for (std::uint64_t index = 0; index < settings.num; ++index) {
    STRATA_TRY(const auto entry, reader.next());
    const std::string_view key = keys.key(index);
    if (!entry || entry->key > key) return lost_key(key);
    if (entry->key < key) return phantom_key(entry->key);
    STRATA_TRY(verify_value(key, entry->value, settings.value_size));
  }
  STRATA_TRY(const auto extra, reader.next());
  if (extra) return phantom_key(extra->key);
  return {};
}

Result<void> fill(const Target& target, const TargetOptions& options, const Settings& settings) {
  STRATA_TRY(const auto store, target.open(options));
  STRATA_TRY(const Workload* workload, find_workload("crash_reopen"));
  const ValuePool pool(settings.value_size, settings.seed);
  KeySpace keys(0);
  STRATA_TRY(run_job({.store = *store,
                      .workload = *workload,
                      .pool = pool,
                      .keys = keys,
                      .operations = settings.num,
                      .key_size = settings.key_size,
                      .seed = settings.seed,
                      .threads = 1,
                      .whole = true},
                     nullptr));
  ::kill(::getpid(), SIGKILL);  // before `store` is closed
  return {};
}

Result<void> child(int argc, const char* const* argv, const std::vector<Target>& targets) {
  if (argc <= kFirstOption) return invalid_argument("the arguments of the child are incomplete");
  STRATA_TRY(const Target* target, find_target(targets, argv[kStore]));
  // parse_settings skips its first argument, as it would a program's name.
  STRATA_TRY(const Settings settings,
             parse_settings(argc - kFirstOption + 1, argv + kFirstOption - 1));
  Tuning tuning{.write_buffer = std::stoull(argv[kWriteBuffer])};
  return fill(*target, {.directory = argv[kDirectory], .sync = SyncMode::kNever, .tuning = tuning},
              settings);
}

}  // namespace

std::optional<int> fill_then_die(int argc, const char* const* argv,
                                 const std::vector<Target>& targets) {
  if (argc <= kMark || argv[kMark] != kChildMark) return std::nullopt;
  const auto outcome = child(argc, argv, targets);
  std::cerr << "strata-load: " << (outcome ? "could not die" : outcome.error().message) << '\n';
  return 1;
}

Result<Measurement> reopen_after_crash(Subject& subject, const Settings& settings) {
  Measurement result{.workload = "crash_reopen", .store = subject.target().name};
  STRATA_TRY(subject.wipe());
  STRATA_TRY(subject.open(SyncMode::kNever));
  if (!subject.store().capabilities().durable) {
    result.skipped = true;
    result.note = "skipped: nothing of this store survives its process";
    return result;
  }
  STRATA_TRY(subject.wipe());
  const std::uint64_t write_buffer =
      settings.tuning.write_buffer.value_or(ample_write_buffer(settings));
  STRATA_TRY(run_child(child_arguments(subject, write_buffer, settings)));
  STRATA_TRY(const std::uint64_t log_bytes, check_log(subject, settings));

  STRATA_TRY(result.elapsed, time_opening(subject, settings.sync, write_buffer));
  STRATA_TRY(check_contents(subject.store(), settings));
  subject.holds(settings.num, true);
  STRATA_TRY(subject.close());  // its write buffer was larger than in other workloads
  result.skipped = !subject.target().keeps_log;
  result.note = fmt::format("{} keys, {:.1f} MB of files, open in {:.6f} s; all were there{}",
                            settings.num, static_cast<double>(log_bytes) / 1e6, result.seconds(),
                            result.skipped ? "; no row: it has no log to replay" : "");
  result.operations = settings.num;
  result.tally.latency.record(result.elapsed);
  result.tally.bytes = user_bytes(settings);
  return result;
}

}  // namespace strata::workload
