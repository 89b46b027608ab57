// A std::map that every store is compared with, and the random operations that are applied to both.
// See also crash_explorer.h and store_suite.h.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "env/random.h"
#include "store/store.h"

namespace strata::testing {

using Model = std::map<std::string, std::string, std::less<>>;

void apply(const WriteBatch& batch, Model& model);

// Everything in the store, read by a scan.
Result<Model> contents_of(Store& store);

// The entries of a list in its order, and then perhaps an error. For Store::replace().
class ListCursor final : public Cursor {
 public:
  using Pairs = std::vector<std::pair<std::string, std::string>>;

  explicit ListCursor(Pairs entries, std::optional<Error> error = {})
      : Cursor(false), entries_(std::move(entries)), error_(std::move(error)) {}
  Result<std::optional<Entry>> next() override;

 private:
  const Pairs entries_;
  const std::optional<Error> error_;
  std::size_t at_ = 0;
};

// How the two differ, in one line; empty if they are equal.
std::string difference(const Model& expected, const Model& found);

struct RandomBatches {
  std::uint64_t keys = 50;  // distinct keys
  std::size_t max_value_bytes = 100;
  std::uint64_t max_batch = 4;  // operations; one batch in four has more than one
};
// A batch of puts and deletes. No two batches with different `number` have the same value.
WriteBatch random_batch(env::Random& random, std::uint64_t number, const RandomBatches& shape);

}  // namespace strata::testing
