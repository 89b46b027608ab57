#include "net/owed.h"

#include "base/assert.h"

namespace strata::net {
namespace {

constexpr std::size_t kKept = 64;  // places that shrink() keeps

}  // namespace

const Handed& Owed::add(Handed request) {
  if (settled_.empty()) {
    all_.push_back(std::make_unique<Handed>());
    try {
      settled_.reserve(all_.capacity());  // so settle() needs no memory
    } catch (...) {
      all_.pop_back();
      throw;
    }
    settled_.push_back(all_.size() - 1);
  }
  request.place = settled_.back();
  settled_.pop_back();
  bytes_ += request.bytes;
  if (request.is_read) reads_.asked();
  return *all_[request.place] = request;
}

void Owed::settle(const Handed& request, std::size_t answer_bytes) {
  STRATA_ASSERT(request.id != 0 && all_[request.place].get() == &request);
  bytes_ -= request.bytes;
  if (request.is_read) {
    if (answer_bytes == 0)
      reads_.failed();
    else
      reads_.answered(answer_bytes);
  }
  const std::size_t place = request.place;
  *all_[place] = {};
  settled_.push_back(place);
}

void Owed::shrink() {
  if (requests() > 0 || all_.size() <= kKept) return;
  decltype(all_)().swap(all_);
  decltype(settled_)().swap(settled_);
}

void Owed::check_invariants() const {
  std::size_t requests = 0;
  std::size_t bytes = 0;
  for (std::size_t place = 0; place < all_.size(); ++place) {
    if (all_[place]->id == 0) continue;
    STRATA_ASSERT(all_[place]->place == place);
    ++requests;
    bytes += all_[place]->bytes;
  }
  STRATA_ASSERT(requests == this->requests());
  STRATA_ASSERT(bytes == bytes_);
}

}  // namespace strata::net
