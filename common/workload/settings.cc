#include "workload/settings.h"

#include <fmt/format.h>

#include <cxxopts.hpp>

namespace strata::workload {
namespace {

constexpr std::string_view kExamples = R"(
A run opens a fresh store in a fresh directory, passes through the workloads in order,
and checks every value it reads. Workloads and stores: --list.

Operations are divided among the threads. The store is filled first where a workload needs
keys that are not there. --sync=never is the default here, unlike everywhere else, as it is
db_bench's: it measures the store, where always measures the disk. Peers know always (a
write waits for the disk) and never; interval is never to them. To LMDB always is its
default, a durable commit, and never is MDB_NOSYNC.

Examples:
  strata-load                                   fillrandom, readrandom on the newest stage
  strata-load --workloads=readrandom --threads=2 --num=1000000
  strata-load --workloads=fillsync,fillsync --threads=8        group commit: see syncs/op
  strata-load --stores=week01,leveldb --baseline=leveldb --repeat=5 --workloads=fillseq
  strata-load --workloads=ycsba,ycsbb,ycsbc,ycsbd,ycsbe,ycsbf --value-size=1000
  strata-load --workloads=crash_reopen --num=2000000           how fast recovery replays
  strata-load --connect=127.0.0.1:4400 --connections=50 --workloads=fillrandom,readrandom
  strata-load --connect=unix:/tmp/mine.sock --connections=50 --rate=20000 --workloads=readrandom

With --connect the keys of earlier runs are still there. With --rate a latency counts from when
the operation was due, so that one that had to wait for others shows it; scans, and what else
cannot be asked ahead, go one at a time on --threads connections instead.

Exit status: 0; 1 if a store failed or returned a wrong value; 2 for a wrong command line.
)";

cxxopts::Options command_line() {
  cxxopts::Options options("strata-load", "Loads a store, and says how fast it was.\n");
  options.custom_help("[OPTIONS]").set_width(100);
  const auto text = [] { return cxxopts::value<std::string>(); };
  const auto number = [] { return cxxopts::value<std::uint64_t>(); };
  options.add_options("Work")("stores", "Names, by commas (default: the newest stage)",
                              cxxopts::value<std::vector<std::string>>(), "A,B")(
      "workloads", "Names, by commas",
      cxxopts::value<std::vector<std::string>>()->default_value("fillrandom,readrandom"),
      "A,B")("list", "Print the stores and the workloads");
  options.add_options("Size")("num", "Keys", number()->default_value("1000000"), "N")(
      "reads", "Operations of a workload that does not fill (default: num)", number(), "N")(
      "key-size", "Bytes of a key", number()->default_value("16"), "B")(
      "value-size", "Bytes of a value", number()->default_value("100"), "B")(
      "threads", "Threads", number()->default_value("1"), "N")(
      "write-rate", "Writes a second beside readwhilewriting (default: as many as can be)",
      number(), "N")("seed", "Of all that is random", number()->default_value("1"), "N");
  options.add_options("Server")(
      "connect",
      "Load the server there, HOST:PORT or unix:PATH (or redis:HOST:PORT), instead of stores",
      text(), "ADDRESS")("secret-file", "The secret that it asks for", text(), "FILE")(
      "connections", "Connections, all driven by one thread", number()->default_value("1"), "N")(
      "pipeline", "Operations under way on each", number()->default_value("1"), "N")(
      "rate", "Operations begun a second, answered or not (default: one for each answer)", number(),
      "N")("timeout-ms", "The run ends if an operation takes longer",
           number()->default_value("30000"), "MS");
  options.add_options("Run")("sync", "always, interval or never", text()->default_value("never"),
                             "WORD")(
      "dir", "Where to put the fresh directories (default: that of temporaries)", text(), "DIR")(
      "keep", "Leave the directories behind")(
      "cold",
      "Before a workload that does not fill, reopen the store with nothing of it in memory");
  options.add_options("Peers (default: as shipped; a stage has its own defaults)")(
      "write-buffer", "MiB of the write buffer", number(), "MIB")("cache", "MiB of the block cache",
                                                                  number(), "MIB")(
      "filter-bits", "Bits a key of the Bloom filter", number(), "N")(
      "compression", "none, snappy, lz4, zstd: what the store has", text(), "WORD");
  options.add_options("Report")("repeat",
                                "Rounds, each over all stores in turn; medians are reported",
                                number()->default_value("1"), "N")(
      "baseline", "Also print every store's ops/s over this one's", text(), "STORE")(
      "histogram", "Print how the latencies are distributed")(
      "json", "Write all figures to a file, or - for standard output", text(), "FILE")(
      "progress", "A progress line, also if standard error is no terminal (=false: never)",
      cxxopts::value<bool>()->implicit_value("true"))("help", "Print this");
  return options;
}

// The number of one option. It must be between `least` and `most`.
Result<std::uint64_t> number_of(const cxxopts::ParseResult& parsed, const std::string& name,
                                std::uint64_t least, std::uint64_t most) {
  const auto value = parsed[name].as<std::uint64_t>();
  if (value < least || value > most)
    return invalid_argument(
        fmt::format("--{}={} is not between {} and {}", name, value, least, most));
  return value;
}

Result<void> read_sizes(const cxxopts::ParseResult& parsed, Settings& settings) {
  constexpr std::uint64_t kMost = 1'000'000'000'000;
  STRATA_TRY(settings.num, number_of(parsed, "num", 1, kMost));
  if (parsed.count("reads") > 0) {
    STRATA_TRY(settings.reads, number_of(parsed, "reads", 1, kMost));
  }
  STRATA_TRY(settings.key_size, number_of(parsed, "key-size", 1, kMaxKeySize - 1));
  STRATA_TRY(settings.value_size, number_of(parsed, "value-size", 0, kMaxValueSize));
  STRATA_TRY(const auto threads, number_of(parsed, "threads", 1, 1024));
  settings.threads = static_cast<unsigned>(threads);
  STRATA_TRY(const auto rounds, number_of(parsed, "repeat", 1, 1000));
  settings.rounds = static_cast<unsigned>(rounds);
  settings.seed = parsed["seed"].as<std::uint64_t>();
  if (parsed.count("write-rate") > 0) {
    STRATA_TRY(settings.write_rate, number_of(parsed, "write-rate", 1, 1'000'000));
  }

  // Inserts add keys after num, at most one for each operation.
  const std::size_t digits = std::to_string(settings.num + settings.operations()).size();
  if (digits > settings.key_size)
    return invalid_argument(fmt::format("--key-size={} is too small for the numbers of {} keys",
                                        settings.key_size, settings.num));
  return {};
}

Result<void> read_tuning(const cxxopts::ParseResult& parsed, Tuning& tuning) {
  constexpr std::uint64_t kMebibyte = std::uint64_t{1} << 20;
  constexpr std::uint64_t kMost = std::uint64_t{1} << 20;  // a tebibyte
  if (parsed.count("write-buffer") > 0) {
    STRATA_TRY(const auto mebibytes, number_of(parsed, "write-buffer", 1, kMost));
    tuning.write_buffer = mebibytes * kMebibyte;
  }
  if (parsed.count("cache") > 0) {
    STRATA_TRY(const auto mebibytes, number_of(parsed, "cache", 0, kMost));
    tuning.cache = mebibytes * kMebibyte;
  }
  if (parsed.count("filter-bits") > 0) {
    STRATA_TRY(const auto bits, number_of(parsed, "filter-bits", 0, 100));
    tuning.filter_bits = static_cast<int>(bits);
  }
  if (parsed.count("compression") > 0) tuning.compression = parsed["compression"].as<std::string>();
  return {};
}

Result<void> read_server(const cxxopts::ParseResult& parsed, Settings& settings) {
  constexpr std::uint64_t kMost = 1'000'000;
  STRATA_TRY(settings.pipeline, number_of(parsed, "pipeline", 1, 1024));
  STRATA_TRY(const auto connections, number_of(parsed, "connections", 1, kMost));
  if (parsed.count("rate") > 0) {
    STRATA_TRY(settings.rate, number_of(parsed, "rate", 1, 100 * kMost));
  }
  if (parsed.count("connect") == 0) {
    for (const char* name : {"secret-file", "connections", "pipeline", "rate", "timeout-ms"})
      if (parsed.count(name) > 0)
        return invalid_argument(fmt::format("--{} is for a server; see --connect", name));
    return {};
  }
  if (parsed.count("stores") > 0)
    return invalid_argument("--connect loads a server; --stores names stores of this process");
  if (parsed.count("cold") > 0)
    return invalid_argument("--cold is for stores of this process, not for a server");
  STRATA_TRY(const auto timeout, number_of(parsed, "timeout-ms", 1, 86'400'000));
  settings.connect = ConnectOptions{.address = parsed["connect"].as<std::string>(),
                                    .connections = connections,
                                    .timeout = std::chrono::milliseconds(timeout)};
  if (parsed.count("secret-file") > 0)
    settings.connect->secret_file = parsed["secret-file"].as<std::string>();
  return {};
}

Result<void> read_the_rest(const cxxopts::ParseResult& parsed, Settings& settings) {
  if (parsed.count("stores") > 0) settings.stores = parsed["stores"].as<std::vector<std::string>>();
  settings.workloads = parsed["workloads"].as<std::vector<std::string>>();
  STRATA_TRY(settings.sync, parse_sync_mode(parsed["sync"].as<std::string>()));
  if (parsed.count("dir") > 0) settings.directory = parsed["dir"].as<std::string>();
  if (parsed.count("baseline") > 0) settings.baseline = parsed["baseline"].as<std::string>();
  if (parsed.count("json") > 0) settings.json = parsed["json"].as<std::string>();
  if (parsed.count("progress") > 0) settings.progress = parsed["progress"].as<bool>();
  settings.keep = parsed.count("keep") > 0;
  settings.cold = parsed.count("cold") > 0;
  settings.histogram = parsed.count("histogram") > 0;
  return {};
}

Result<Settings> settings_of(const cxxopts::ParseResult& parsed) {
  Settings settings;
  if (!parsed.unmatched().empty())
    return invalid_argument(
        fmt::format("unexpected word '{}'; see --help", parsed.unmatched().front()));
  if (parsed.count("help") > 0) settings.action = Settings::Action::kHelp;
  if (parsed.count("list") > 0) settings.action = Settings::Action::kList;
  STRATA_TRY(read_sizes(parsed, settings));
  STRATA_TRY(read_tuning(parsed, settings.tuning));
  STRATA_TRY(read_server(parsed, settings));
  STRATA_TRY(read_the_rest(parsed, settings));
  return settings;
}

}  // namespace

Result<Settings> parse_settings(int argc, const char* const* argv) {
  try {
    auto options = command_line();
    return settings_of(options.parse(argc, argv));
  } catch (const cxxopts::exceptions::exception& error) {
    return invalid_argument(fmt::format("{}; see --help", error.what()));
  }
}

std::string help_text() { return command_line().help() + std::string(kExamples); }

}  // namespace strata::workload
