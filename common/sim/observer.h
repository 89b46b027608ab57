// Is told what happens in a world, to show it to somebody: the viewer (viewer_trace.h), or ShiViz
// (shiviz_log.h). A world does the same whether somebody watches or not.
//
// Lanes are those to whom something happens: "n1" is a node, "c3" a client.
//
// Thread-safety: none; a world has one thread.
#pragma once

#include <cstdint>
#include <string_view>

#include "checker/linearizability.h"
#include "env/clock.h"

namespace strata::sim {

using MessageNumber = std::uint64_t;
using OperationNumber = std::uint64_t;

// This form does nothing. The numbers of messages, and those of operations, are unique in a world.
class Observer {
 public:
  virtual ~Observer() = default;

  // Whether it does something with what it is told. If not, nobody needs to make words for it.
  virtual bool is_watching() const { return false; }

  // The first call. Lifetime: `clock` outlives all further calls.
  virtual void begin(const env::Clock& /*clock*/, std::string_view /*subject*/,
                     std::uint64_t /*seed*/) {}
  // `kind`: "node" or "client". Comes before all else about the lane.
  virtual void lane(std::string_view /*lane*/, std::string_view /*kind*/) {}

  virtual void sent(MessageNumber, std::string_view /*from*/, std::string_view /*to*/,
                    std::string_view /*what*/, std::uint64_t /*size*/) {}
  // One of these two, once, unless the world ends before.
  virtual void arrived(MessageNumber) {}
  virtual void lost(MessageNumber, std::string_view /*why*/) {}

  // Without a lane: for all.
  virtual void fault(std::string_view /*lane*/, std::string_view /*what*/) {}
  virtual void healed() {}
  // The lane is in this state from now on: "up", "down" … `words` go on behind "it".
  virtual void state(std::string_view /*lane*/, std::string_view /*state*/,
                     std::string_view /*words*/) {}
  // Something else happens there.
  virtual void did(std::string_view /*lane*/, std::string_view /*what*/) {}

  virtual void called(std::string_view /*lane*/, OperationNumber, std::string_view /*what*/) {}
  // `outcome`: "ok", "refused", "not done", or "unknown".
  virtual void returned(std::string_view /*lane*/, OperationNumber, std::string_view /*outcome*/,
                        std::string_view /*what*/) {}

  // What clients have seen, and whether that is linearizable. Once, at the end.
  virtual void judged(const checker::History&, const checker::Judgement&) {}
  virtual void broken(std::string_view /*invariant*/, std::string_view /*what*/) {}
};

}  // namespace strata::sim
