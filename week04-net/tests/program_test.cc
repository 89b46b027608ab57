// Runs the programs of week 4: killed, stopped, and used in wrong ways.
#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <thread>

#include "env/descriptors.h"
#include "net_program.h"
#include "raw_peer.h"
#include "testing/child.h"
#include "testing/eventually.h"
#include "testing/results.h"
#include "testing/sanitizers.h"
#include "testing/temporary_directory.h"

namespace strata::net {
namespace {

using strata::testing::eventually;
using strata::testing::FailsWith;
using strata::testing::kSanitized;
using strata::testing::PipedChild;
using strata::testing::TemporaryDirectory;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

strata::testing::Ended run_program_with(const std::string& program,
                                        const std::vector<std::string>& arguments,
                                        std::string_view input) {
  strata::testing::Ended ended = strata::testing::run_program_with(program, arguments, input);
  std::cout << ended.out << ended.err;  // printed beside the message of a failing test
  return ended;
}

TEST_F(NetProgram, ACaptureReplacesOnlyACapture) {
  const std::string other = path("other");
  std::ofstream(other) << "not to be lost";
  const auto run = [&](const std::string& option, const std::string& file) {
    return run_program_with(STRATA_WEEK04_SERVER,
                            {"--store=memory", "--listen=nonsense.invalid:1", option, file}, "");
  };
  for (const std::string option : {"--capture", "--trace"}) {
    EXPECT_THAT(run(option, other).err, HasSubstr("so it is not replaced"));
    EXPECT_THAT(run(option, path("new")).err, HasSubstr("has no address"));
    EXPECT_THAT(run(option, path("new")).err, HasSubstr("has no address"));
    std::filesystem::remove(path("new"));
  }
  std::string kept;
  std::getline(std::ifstream(other), kept);
  EXPECT_EQ(kept, "not to be lost");
}

// A daemon may start a server so. Its log has nowhere to go, least of all into the store.
TEST_F(NetProgram, ServesWithoutStandardStreams) {
  {
    const auto before = server();  // it chooses the place
    need(client_of(before->endpoint())->put("key", "another value"));
    EXPECT_EQ(before->stop(), 0);
  }
  PipedChild daemon("/bin/sh", {"-c", R"(exec "$0" "$@" <&- >&- 2>&-)", STRATA_WEEK04_SERVER,
                                "--store=week01", "--data", path("data"), "--listen", listen_});
  const Endpoint endpoint = need(parse_endpoint(listen_));
  ASSERT_TRUE(eventually(
      [&] { return RemoteStore::connect({.channel = {.endpoint = endpoint}}).has_value(); }));
  need(client_of(endpoint)->put("key", "value"));
  RawPeer(endpoint).send("GET / HTTP/1.1\r\n\r\n");  // is worth a line of the log
  ::kill(daemon.process(), SIGTERM);
  EXPECT_EQ(daemon.wait(), 0);
  EXPECT_EQ(need(client_of(server()->endpoint())->get("key")), "value");
}

TEST_F(NetProgram, TheShellIsThatOfEachStage) {
  const auto server = this->server();
  const auto ended =
      run_program_with(STRATA_WEEK04_REPL, {"--connect", server->address()},
                       "PUT user:1 {\"name\": \"Ada\"}\nGET user:1\nDELETE user:1\n"
                       "CREATE a 1\nCREATE a 2\nCAS a 1 3 or 4\nCAS a 1 5\nSCAN\nQUIT\n");
  EXPECT_EQ(ended.out,
            "OK\n{\"name\": \"Ada\"}\nOK\nOK\n"
            "Error: the condition on a does not hold\nOK\n"
            "Error: the condition on a does not hold\na\t3 or 4\n(1 key)\nShutting down...\n");
  EXPECT_EQ(ended.status, 1) << "a command failed";
  EXPECT_EQ(server->address(), listen_);
}

TEST_F(NetProgram, TheShellBringsAServerOfItsOwn) {
  const std::vector<std::string> own = {"--data", path("own"), "--store", "week03"};
  EXPECT_EQ(run_program_with(STRATA_WEEK04_REPL, own, "PUT a 1\n").out, "OK\nShutting down...\n");
  EXPECT_EQ(run_program_with(STRATA_WEEK04_REPL, own, "GET a\n").out, "1\nShutting down...\n");
}

TEST_F(NetProgram, WhatIsWrongIsSaidInOneLine) {
  auto server = this->server();
  const std::string address = server->address();
  server.reset();
  const auto ended = run_program_with(STRATA_WEEK04_REPL, {"--connect", address}, "GET a\n");
  EXPECT_EQ(ended.status, 1);
  EXPECT_THAT(ended.err, MatchesRegex("week04-repl: cannot connect to unix:[^\n]*\n"));
  const auto open =
      run_program_with(STRATA_WEEK04_SERVER, {"--store", "memory", "--listen", "0.0.0.0:0"}, "");
  EXPECT_EQ(open.status, 1);
  EXPECT_THAT(open.err, MatchesRegex("week04-server: [^\n]*takes a shared secret[^\n]*\n"));
  const auto nowhere =
      run_program_with(STRATA_WEEK04_SERVER, {"--store", "memory", "--listen", "here"}, "");
  EXPECT_EQ(nowhere.status, 2);
  // A variable of a script that is not set; numbers that no one can mean.
  for (const std::string_view word :
       {"--secret-file=", "--capture=", "--threads=0", "--slow-ms=18446744073709551615"})
    EXPECT_EQ(
        run_program_with(STRATA_WEEK04_SERVER, {"--store=memory", std::string(word)}, "").status, 2)
        << word;
  for (const std::string_view word : {"--connect=", "--timeout-ms=18446744073709551615"})
    EXPECT_EQ(run_program_with(STRATA_WEEK04_REPL, {std::string(word)}, "").status, 2) << word;
}

TEST_F(NetProgram, ASecretIsAskedFor) {
  std::ofstream(path("secret")) << "a secret of some length\n";
  std::ofstream(path("wrong")) << "another secret, as long\n";
  for (const std::string_view name : {"secret", "wrong"}) ::chmod(path(name).c_str(), 0600);
  const ServerProcess server(STRATA_WEEK04_SERVER, {"--store", "memory", "--listen", "127.0.0.1:0",
                                                    "--secret-file", path("secret")});
  const auto ask = [&](std::vector<std::string> more) {
    more.insert(more.end(), {"--connect", server.address()});
    return run_program_with(STRATA_WEEK04_REPL, more, "PUT a 1\n");
  };
  EXPECT_EQ(ask({"--secret-file", path("secret")}).status, 0);
  EXPECT_THAT(ask({"--secret-file", path("wrong")}).err, HasSubstr("does not know the secret"));
  EXPECT_THAT(ask({}).err, HasSubstr("asks for a secret"));
  ::chmod(path("secret").c_str(), 0644);
  EXPECT_THAT(ask({"--secret-file", path("secret")}).err, HasSubstr("chmod 600"));
}

// ---- N3 and S7: killed under load

// The keys of one writer, each written once, in order; and what the writer knows about each at the
// end.
struct Writer {
  std::set<int> done;      // ok was answered
  std::set<int> unknown;   // it may have been done
  std::set<int> not_done;  // it was not
};

void write_until(const std::atomic<bool>& end, const Endpoint& endpoint, int number, int& next,
                 Writer& writer) {
  const auto store = RemoteStore::connect(
      {.channel = {.endpoint = endpoint}, .timeout = std::chrono::milliseconds(300)});
  while (store && !end) {
    const int i = next++;
    WriteBatch batch;
    batch.put(fmt::format("{}/{}", number, i), std::to_string(i));
    // A write that is done twice fails the second time.
    const auto written = (*store)->write_if(
        std::vector<Condition>{{fmt::format("{}/{}", number, i), std::nullopt}}, batch);
    if (written)
      writer.done.insert(i);
    else if (written.error().code == ErrorCode::kUnknown)
      writer.unknown.insert(i);
    else
      writer.not_done.insert(i);
    // After it was sent again, a conflict can only be with its own first copy.
    ASSERT_TRUE(written || !written.error().message.contains("condition"))
        << "it was done twice: " << written.error().message;
  }
}

TEST_F(NetProgram, KilledUnderFiftyWritersItLosesNothingAndDoesNothingTwice) {
  constexpr int kWriters = 50;
  const int kills = kSanitized ? 5 : 50;
  std::vector<Writer> writers(kWriters);
  std::vector<int> next(kWriters, 0);
  auto server = this->server();
  for (int kill = 0; kill < kills && !HasFailure(); ++kill) {
    std::atomic<bool> end{false};
    {
      std::vector<std::jthread> threads;
      for (int i = 0; i < kWriters; ++i)
        threads.emplace_back([&, i] {
          write_until(end, server->endpoint(), i, next[static_cast<std::size_t>(i)],
                      writers[static_cast<std::size_t>(i)]);
        });
      const auto probe = client_of(server->endpoint());
      // The load has begun, and goes on for a random time.
      for (int i = 0; i < 5 + kill % 7 * 5; ++i) need(probe->put("probe", std::to_string(i)));
      server->kill();
      if (kill % 2 == 0) server = this->server();  // its clients find the next one
      end = true;
    }
    if (kill % 2 == 1) server = this->server();
  }
  const auto reader = client_of(server->endpoint());
  std::size_t acknowledged = 0;
  for (int i = 0; i < kWriters; ++i) {
    std::set<int> found;
    const auto cursor = need(reader->scan({.range = KeyRange::prefix(fmt::format("{}/", i))}));
    while (const auto entry = need(cursor->next()))
      found.insert(std::stoi(std::string(entry->value)));
    const Writer& writer = writers[static_cast<std::size_t>(i)];
    for (const int done : writer.done)
      EXPECT_TRUE(found.contains(done)) << "lost: " << i << "/" << done;
    for (const int lost : writer.not_done)
      EXPECT_FALSE(found.contains(lost)) << "reported as not done: " << i << "/" << lost;
    acknowledged += writer.done.size();
  }
  EXPECT_GT(acknowledged, static_cast<std::size_t>(kWriters));
}

// ---- N4

// It reads its secret from a pipe that nobody writes to.
TEST_F(NetProgram, SigtermEndsAServerThatDoesNotListenYet) {
  const std::string pipe = path("pipe");
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  PipedChild server(STRATA_WEEK04_SERVER, {"--store=memory", "--secret-file", pipe});
  const int writer = ::open(pipe.c_str(), O_WRONLY | O_CLOEXEC);  // returns once it is read
  ::kill(server.process(), SIGTERM);
  EXPECT_EQ(server.wait(), 128 + SIGTERM);
  ::close(writer);
}

TEST_F(NetProgram, WhatItWritesIsForItsOwnerAlone) {
  const ServerProcess server(STRATA_WEEK04_SERVER,
                             {"--data", path("data"), "--listen", "unix:" + path("s"), "--capture",
                              path("capture"), "--trace", path("trace")});
  for (const auto& file : std::filesystem::recursive_directory_iterator(path(""))) {
    struct stat found{};
    ASSERT_EQ(::lstat(file.path().c_str(), &found), 0);
    EXPECT_EQ(found.st_mode & (S_IRWXG | S_IRWXO), 0u) << file.path();
  }
}

TEST_F(NetProgram, SigtermUnderLoadAnswersOrRefusesAndEnds) {
  auto server = this->server();
  std::atomic<bool> end{false};
  std::atomic<int> unknown{0};
  std::vector<std::set<int>> done(8);
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i)
      threads.emplace_back([&, i] {
        const auto store =
            RemoteStore::connect({.channel = {.endpoint = server->endpoint()}, .retries = false});
        for (int k = 0; store && !end; ++k) {
          const auto written = (*store)->put(fmt::format("{}/{}", i, k), "");
          if (written) done[static_cast<std::size_t>(i)].insert(k);
          if (!written && written.error().code == ErrorCode::kUnknown) ++unknown;
        }
      });
    const auto probe = client_of(server->endpoint());
    for (int i = 0; i < 20; ++i) need(probe->put("probe", ""));
    const auto before = std::chrono::steady_clock::now();
    EXPECT_EQ(server->stop(), 0);
    EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(5));
    end = true;
  }
  EXPECT_EQ(unknown, 0) << "whatever was accepted is answered or refused";
  server = this->server();
  const auto reader = client_of(server->endpoint());
  for (std::size_t i = 0; i < done.size(); ++i)
    for (const int k : done[i])
      EXPECT_TRUE(need(reader->get(fmt::format("{}/{}", i, k))).has_value()) << i << "/" << k;
}

// ---- The storage process and the coordinator

class TwoProcesses : public NetProgram {
 protected:
  std::unique_ptr<ServerProcess> storage() {
    return std::make_unique<ServerProcess>(
        STRATA_WEEK04_STORAGE,
        std::vector<std::string>{"--data", path("data"), "--socket", path("storage.sock")});
  }
  std::unique_ptr<ServerProcess> coordinator(const std::string& listen = "127.0.0.1:0") {
    return std::make_unique<ServerProcess>(
        STRATA_WEEK04_COORDINATOR,
        std::vector<std::string>{"--storage", "unix:" + path("storage.sock"), "--listen", listen});
  }
};

TEST_F(TwoProcesses, EitherCanBeKilledAndStartedAgain) {
  auto storage = this->storage();
  auto coordinator = this->coordinator();
  const std::string listen = coordinator->address();
  const auto store = client_of(coordinator->endpoint());
  for (int round = 0; round < 5; ++round) {
    need(store->put(fmt::format("a{}", round), "1"));
    storage->kill();
    storage = this->storage();
    need(store->put(fmt::format("b{}", round), "2"));
    coordinator->kill();
    coordinator = this->coordinator(listen);
    EXPECT_EQ(need(store->get(fmt::format("a{}", round))), "1");
    EXPECT_EQ(need(store->get(fmt::format("b{}", round))), "2");
  }
}

TEST_F(TwoProcesses, TheCoordinatorSaysThatTheStorageProcessIsGone) {
  auto storage = this->storage();
  auto coordinator = this->coordinator();
  const auto store = impatient_client_of(coordinator->endpoint());
  need(store->put("a", "1"));
  storage->kill();
  const auto refused = store->get("a");
  ASSERT_THAT(refused, FailsWith(ErrorCode::kUnavailable));
  EXPECT_THAT(refused.error().message, HasSubstr("the storage process"));
  storage = this->storage();
  EXPECT_EQ(need(client_of(coordinator->endpoint())->get("a")), "1");
}

TEST_F(TwoProcesses, ACoordinatorMayBeThereFirst) {
  const auto coordinator = this->coordinator();
  const auto store = impatient_client_of(coordinator->endpoint());
  const auto refused = store->put("a", "1");
  ASSERT_THAT(refused, FailsWith(ErrorCode::kUnavailable));
  EXPECT_THAT(refused.error().message, HasSubstr("the storage process: cannot connect"));
  const auto storage = this->storage();
  need(client_of(coordinator->endpoint())->put("a", "1"));
}

TEST_F(TwoProcesses, ACoordinatorKnowsItsStorageProcessByASecretAndAName) {
  std::ofstream(path("secret")) << "a secret of some length\n";
  ::chmod(path("secret").c_str(), S_IRUSR | S_IWUSR);
  const ServerProcess storage(STRATA_WEEK04_STORAGE,
                              {"--store=memory", "--socket", path("storage.sock"), "--secret-file",
                               path("secret"), "--cluster=mine"});
  const auto put_through = [this](const std::vector<std::string>& options) {
    std::vector<std::string> all{"--storage", "unix:" + path("storage.sock"), "--listen",
                                 "127.0.0.1:0"};
    all.insert(all.end(), options.begin(), options.end());
    const ServerProcess coordinator(STRATA_WEEK04_COORDINATOR, all);
    return impatient_client_of(coordinator.endpoint())->put("a", "1");
  };
  const std::string secret = "--storage-secret-file=" + path("secret");
  EXPECT_THAT(put_through({}).error().message, HasSubstr("asks for a secret"));
  EXPECT_THAT(put_through({secret, "--storage-cluster=other"}).error().message,
              HasSubstr("cluster"));
  need(put_through({secret, "--storage-cluster=mine"}));
}

// ---- Many, and looking on

TEST_F(NetProgram, HoldsTenThousandIdleConnectionsInAStatedMemory) {
  env::prepare_descriptors();
  const std::size_t connections = kSanitized ? 500 : 10'000;
  const ServerProcess server(STRATA_WEEK04_SERVER,
                             {"--store", "memory", "--listen", "127.0.0.1:0"});
  const std::uint64_t before = server.peak_memory();
  std::vector<std::unique_ptr<RawPeer>> peers;
  for (std::size_t i = 0; i < connections; ++i) {
    peers.push_back(std::make_unique<RawPeer>(server.endpoint()));
    peers.back()->shake_hands();
    peers.back()->forget_buffer();
  }
  const std::uint64_t each = (server.peak_memory() - before) / connections;
  RecordProperty("bytes_a_connection", std::to_string(each));
  EXPECT_LT(each, kSanitized ? 65'536u : 4096u);
  need(client_of(server.endpoint())->put("a", "1"));
}

TEST_F(NetProgram, ACaptureCanBeDumped) {
  {
    ServerProcess server(STRATA_WEEK04_SERVER, {"--store", "memory", "--listen", "127.0.0.1:0",
                                                "--capture", path("capture")});
    const auto store = client_of(server.endpoint());
    need(store->put("key", "value"));
    EXPECT_EQ(need(store->get("key")), "value");
    EXPECT_EQ(server.stop(), 0);
  }
  const auto dump = run_program_with(STRATA_DUMP, {"--wire", path("capture")}, "");
  EXPECT_EQ(dump.status, 0);
  EXPECT_THAT(dump.out, HasSubstr("hello from strata, versions 1 to 1"));
  EXPECT_THAT(dump.out, HasSubstr("write PUT key value token "));
  EXPECT_THAT(dump.out, HasSubstr("get value"));
}

}  // namespace
}  // namespace strata::net
