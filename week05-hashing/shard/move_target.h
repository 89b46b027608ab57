// The target's end of a move (move.h): decides what to do next. It serves the keys from the moment
// at which its record says so.
//
// Pure: it wants one thing at a time (wants()), and is told what came of it. Copies are equal if
// they will do the same. Thread-safety: none; one owner.
#pragma once

#include <cstdint>
#include <optional>
#include <variant>

#include "shard/move.h"

namespace strata::shard {

class MoveTarget {
 public:
  // ---- What it may want

  // Delete all keys of the move from the own store.
  struct Erase {
    friend bool operator==(const Erase&, const Erase&) = default;
  };
  struct Send {
    MoveRequest request;
    friend bool operator==(const Send&, const Send&) = default;
  };
  // Make durable the entries of the last answer, if it had some, together with this record.
  struct Save {
    TargetRecord record;
    friend bool operator==(const Save&, const Save&) = default;
  };
  struct Nothing {
    friend bool operator==(const Nothing&, const Nothing&) = default;
  };
  using Want = std::variant<Erase, Send, Save, Nothing>;

  // `record`: as the disk has it.
  explicit MoveTarget(TargetRecord record);

  const Want& wants() const { return want_; }

  // ---- What came of it

  void erased();
  void answered(const MoveReply& reply);
  // From now on serves() may say something else. Serve before doing what it wants next.
  void saved();

  // Whether clients get answers about these keys.
  bool serves() const { return record_.stage >= TargetStage::kTaken; }
  bool is_done() const { return record_.stage == TargetStage::kDone; }
  const TargetRecord& record() const { return record_; }
  void check_invariants() const;

  friend bool operator==(const MoveTarget&, const MoveTarget&) = default;

 private:
  void go_on();
  void begin_anew();
  void ask(Ask kind);
  void save(TargetRecord record) { want_ = Save{std::move(record)}; }
  void caught_up(const MoveReply& reply);

  TargetRecord record_;
  bool is_close_ = false;   // the last answer had all changes that there were
  bool is_fenced_ = false;  // the source, for this attempt: there will be no more changes
  Want want_ = Nothing{};
};

}  // namespace strata::shard
