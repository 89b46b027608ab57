// The two ends of a move, step by step, and then in every order that there is.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>

#include "shard/move_source.h"
#include "shard/move_target.h"
#include "testing/explorer.h"

namespace strata::shard {
namespace {

// ---- A world of one key, a source and a target

// Only what follows from the actions of the two ends is done here, as their owners do it. The key
// has the number of its last write as its value; write 2 is a deletion.
std::optional<int> value_after(int writes) {
  return writes == 2 ? std::nullopt : std::optional(writes);
}

// What an answer has of the key: nothing, or that it is not there, or its value.
struct Entry {
  bool is_there = false;
  std::optional<int> value = {};
};

struct Source {
  MoveSource machine;
  SourceRecord disk;
  // Written by clients, and durable. Nothing: it was deleted.
  std::optional<int> value;
  std::uint64_t number = 0;      // of the last change that was noted
  std::uint64_t changed = 0;     // the number of the key's last change
  bool serves = true;            // as applied
  std::optional<int> under_way;  // a write that was let in before, and is not done yet
  std::deque<MoveSource::Action> to_do;
  MoveRequest request;      // that it works on
  bool is_awaited = false;  // by the target, which has not given up since
  bool waits_for_disk = false;
  bool waits_for_drain = false;
};

struct Target {
  MoveTarget machine;
  TargetRecord disk;
  std::optional<int> value;  // durable
  bool has_asked = false;
  Entry entry = {};  // of the last answer
};

struct Reply {
  MoveReply reply;
  Entry entry;
};

struct World {
  Source source{MoveSource({}, 1), {}, 0, 0, 0, true, {}, {}, {}, false, false, false};
  Target target{MoveTarget({}), {}, std::nullopt, false, {}};
  std::optional<MoveRequest> request;
  std::optional<MoveRequest> old_request;  // arrives late, or once more; nobody waits for it
  std::optional<Reply> reply;
  int written = 0;  // what a reader must see
  int writes_left = 2;
  int crashes_left = 2;
  int losses_left = 1;
  std::uint64_t lives = 1;
};

void reply(World& world, bool answers, MoveReply reply, Entry entry = {}) {
  if (answers) world.reply = Reply{std::move(reply), entry};
}

// A copy has no word of a key that is not there. Changes come one by one.
void with_entries(World& world) {
  const Source& source = world.source;
  const bool answers = source.is_awaited;
  if (source.request.kind == Ask::kCopy)
    return reply(world, answers, {.outcome = Outcome::kDone, .last_key = "k", .end = true},
                 Entry{source.value.has_value(), source.value});
  const std::uint64_t up_to = std::min(source.request.after_number + 1, source.number);
  const bool has_key = source.changed > source.request.after_number && source.changed <= up_to;
  reply(world, answers, {.outcome = Outcome::kDone, .end = up_to == source.number, .number = up_to},
        Entry{has_key, has_key ? source.value : std::nullopt});
}

// Does what the machine says, up to where it has to wait.
void run_source(World& world) {
  Source& source = world.source;
  while (!source.to_do.empty() && !source.waits_for_disk && !source.waits_for_drain) {
    const MoveSource::Action action = source.to_do.front();
    source.to_do.pop_front();
    if (std::holds_alternative<MoveSource::Save>(action)) source.waits_for_disk = true;
    if (const auto* apply = std::get_if<MoveSource::Apply>(&action)) {
      source.serves = source.machine.serves();
      if (apply->forget) source.number = source.changed = 0;
      source.waits_for_drain = true;
    }
    if (const auto* answer = std::get_if<MoveSource::Answer>(&action))
      reply(world, source.is_awaited, answer->reply);
    if (std::holds_alternative<MoveSource::AnswerWithEntries>(action)) with_entries(world);
    if (std::holds_alternative<MoveSource::Drop>(action)) source.value = std::nullopt;
  }
}

void give(World& world, const MoveSource::Actions& actions) {
  world.source.to_do.insert(world.source.to_do.end(), actions.begin(), actions.end());
}

void arrive(World& world, const MoveRequest& request, bool answers) {
  const MoveSource::Actions actions = world.source.machine.asked(request);
  // While it works on a request, it answers others at once.
  const bool is_busy = world.source.waits_for_disk || world.source.waits_for_drain;
  if (is_busy) return reply(world, answers, {.outcome = Outcome::kLater});
  world.source.request = request;
  world.source.is_awaited = answers;
  give(world, actions);
  run_source(world);
}

void crash_source(World& world) {
  Source& source = world.source;
  ++world.lives;
  source.under_way.reset();
  source.to_do.clear();
  source.waits_for_disk = source.waits_for_drain = false;
  source.machine = MoveSource(source.disk, world.lives);
  source.serves = source.machine.serves();
  source.number = source.changed = 0;
}

// The target waits no longer.
void give_up(World& world) {
  world.target.has_asked = false;
  world.source.is_awaited = false;
  world.request.reset();
  world.reply.reset();
}

void crash_target(World& world) {
  Target& target = world.target;
  target.machine = MoveTarget(target.disk);
  target.entry = {};
  give_up(world);
}

// The write is done at the source.
void write_at_source(World& world) {
  Source& source = world.source;
  source.value = value_after(*source.under_way);
  world.written = *std::exchange(source.under_way, std::nullopt);
  if (source.machine.notes_changes()) source.changed = ++source.number;
}

using Exploring = testing::Exploration<World>;

using Add = std::function<void(std::string name, const std::function<void(World&)>& happens)>;

void clients_write(const World& world, const Add& add) {
  const Source& source = world.source;
  if (world.writes_left > 0 && source.serves && !source.under_way)
    add("the source lets a write in", [](World& w) {
      --w.writes_left;
      w.source.under_way = w.written + 1;
    });
  if (source.under_way) add("the source does the write", &write_at_source);
  if (world.writes_left > 0 && world.target.machine.serves())
    add("the target does a write", [](World& w) {
      --w.writes_left;
      w.target.value = value_after(++w.written);
    });
}

void source_goes_on(const World& world, const Add& add) {
  const Source& source = world.source;
  if (source.waits_for_disk)
    add("the source's record is durable", [](World& w) {
      w.source.waits_for_disk = false;
      give(w, w.source.machine.saved());
      w.source.disk = w.source.machine.record();
      run_source(w);
    });
  if (source.waits_for_drain && !source.under_way)
    add("the source has drained", [](World& w) {
      w.source.waits_for_drain = false;
      give(w, w.source.machine.drained());
      run_source(w);
    });
}

void target_goes_on(const World& world, const Add& add) {
  const Target& target = world.target;
  const MoveTarget::Want& want = target.machine.wants();
  if (std::holds_alternative<MoveTarget::Erase>(want))
    add("the target erases", [](World& w) {
      w.target.value = std::nullopt;
      w.target.machine.erased();
    });
  if (const auto* save = std::get_if<MoveTarget::Save>(&want))
    add("the target saves", [record = save->record](World& w) {
      if (w.target.entry.is_there) w.target.value = w.target.entry.value;
      w.target.entry = {};
      w.target.disk = record;
      w.target.machine.saved();
    });
  if (const auto* send = std::get_if<MoveTarget::Send>(&want); send && !target.has_asked)
    add("the target asks", [request = send->request](World& w) {
      w.target.has_asked = true;
      w.request = request;
    });
}

void messages_arrive(const World& world, const Add& add) {
  if (world.request) {
    add("the request arrives", [](World& w) {
      const MoveRequest request = *std::exchange(w.request, std::nullopt);
      arrive(w, request, true);
    });
    if (world.losses_left > 0 && !world.old_request)
      add("the request is late", [](World& w) {
        --w.losses_left;
        w.old_request = w.request;
        give_up(w);
      });
    if (world.losses_left > 0 && !world.old_request)
      add("the request comes twice", [](World& w) {
        --w.losses_left;
        w.old_request = w.request;
      });
  }
  if (world.old_request)
    add("an old request arrives", [](World& w) {
      const MoveRequest request = *std::exchange(w.old_request, std::nullopt);
      arrive(w, request, false);
    });
  if (world.reply) {
    add("the answer arrives", [](World& w) {
      const Reply reply = *std::exchange(w.reply, std::nullopt);
      w.target.has_asked = false;
      w.target.entry = reply.entry;
      w.target.machine.answered(reply.reply);
    });
    if (world.losses_left > 0)
      add("the answer is lost", [](World& w) {
        --w.losses_left;
        give_up(w);
      });
  }
  if (world.target.has_asked && !world.request && !world.reply)
    add("the target waits no longer", &give_up);
}

std::vector<Exploring::Next> can_happen(const World& world) {
  std::vector<Exploring::Next> all;
  const Add add = [&](std::string name, const std::function<void(World&)>& happens) {
    all.push_back({std::move(name), world});
    happens(all.back().world);
  };
  clients_write(world, add);
  source_goes_on(world, add);
  target_goes_on(world, add);
  messages_arrive(world, add);
  if (world.crashes_left > 0) {
    add("the source crashes", [](World& w) {
      --w.crashes_left;
      crash_source(w);
    });
    add("the target crashes", [](World& w) {
      --w.crashes_left;
      crash_target(w);
    });
  }
  return all;
}

std::string text_of(const World& w) {
  const auto number = [](const std::optional<int>& value) { return value ? *value : -1; };
  const auto record = [](const TargetRecord& r) {
    return fmt::format("{} {} {} {} {}", static_cast<int>(r.stage), r.attempt, r.life, r.after_key,
                       r.number);
  };
  const auto request = [](const std::optional<MoveRequest>& r) {
    if (!r) return std::string("-");
    return fmt::format("{} {} {} {} {}", static_cast<int>(r->kind), r->attempt, r->life,
                       r->after_key, r->after_number);
  };
  const Source& s = w.source;
  const Target& t = w.target;
  std::string text = fmt::format(
      "{} {} {} {} | {} {} {} {} {} {} {} {} {}|", static_cast<int>(s.machine.record().stage),
      s.machine.record().attempt, s.machine.notes_changes(), s.disk.attempt,
      static_cast<int>(s.disk.stage), number(s.value), s.number, s.changed, s.serves,
      number(s.under_way), s.waits_for_disk, s.waits_for_drain, w.lives);
  if (s.waits_for_disk || s.waits_for_drain) text += request(s.request) + (s.is_awaited ? "!" : "");
  text += fmt::format("|{}|{}|{} {} {} {}|", record(t.machine.record()), record(t.disk),
                      number(t.value), t.has_asked, t.entry.is_there ? number(t.entry.value) : -2,
                      t.machine.wants().index());
  if (const auto* save = std::get_if<MoveTarget::Save>(&t.machine.wants()))
    text += record(save->record);
  if (const auto* send = std::get_if<MoveTarget::Send>(&t.machine.wants()))
    text += request(send->request);
  text += fmt::format("|{}|{}|", request(w.request), request(w.old_request));
  if (w.reply)
    text += fmt::format("{} {} {} {} {}", static_cast<int>(w.reply->reply.outcome),
                        w.reply->reply.life, w.reply->reply.end, w.reply->reply.number,
                        w.reply->entry.is_there ? number(w.reply->entry.value) : -2);
  text += fmt::format("|{} {} {} {}", w.written, w.writes_left, w.crashes_left, w.losses_left);
  return text;
}

std::optional<std::string> is_wrong(const World& world) {
  world.source.machine.check_invariants();
  world.target.machine.check_invariants();
  if (world.source.serves && world.target.machine.serves()) return "both serve the key";
  if (world.source.serves && world.source.value != value_after(world.written))
    return "the source serves an old value";
  if (world.target.machine.serves() && world.target.value != value_after(world.written))
    return "the target serves an old value";
  if (world.source.machine.is_released() && !world.target.machine.serves() &&
      world.target.disk.stage < TargetStage::kTaken)
    return "the source has given the key to nobody";
  return std::nullopt;
}

std::string way_of(const testing::Explored& explored) {
  return fmt::format("{}\n  {}", explored.wrong.value_or(""), fmt::join(explored.way, "\n  "));
}

TEST(Move, InEveryOrderOneServerServesAndItHasTheLastValue) {
  const testing::Explored explored = testing::explore<World>(
      {}, {.can_happen = &can_happen, .is_wrong = &is_wrong, .text_of = &text_of});
  EXPECT_FALSE(explored.wrong) << way_of(explored);
  EXPECT_TRUE(explored.complete);
  EXPECT_GT(explored.worlds, 10'000u);
  RecordProperty("worlds", fmt::format("{}", explored.worlds));
}

// Whatever has happened, when nothing more goes wrong the target gets the key.
TEST(Move, AlwaysComesToItsEnd) {
  Exploring by{.can_happen = &can_happen, .is_wrong = nullptr, .text_of = &text_of};
  by.is_wrong = [](const World& world) -> std::optional<std::string> {
    World calm = world;
    calm.crashes_left = calm.losses_left = calm.writes_left = 0;
    for (int step = 0; step < 200; ++step) {
      std::vector<Exploring::Next> next = can_happen(calm);
      if (next.empty()) break;
      calm = std::move(next.front().world);
    }
    if (calm.target.machine.is_done() && calm.source.machine.is_released()) return std::nullopt;
    return "the move stands still: " + text_of(calm);
  };
  World first;
  first.crashes_left = 1;
  first.losses_left = 1;
  first.writes_left = 1;
  const testing::Explored explored = testing::explore(first, by);
  EXPECT_FALSE(explored.wrong) << way_of(explored);
  EXPECT_TRUE(explored.complete);
}

}  // namespace
}  // namespace strata::shard
