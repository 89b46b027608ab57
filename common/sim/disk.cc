#include "sim/disk.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace strata::sim {
namespace {

using env::DiskCall;

constexpr std::chrono::microseconds kCall{100};  // what a call takes
constexpr DiskCall kCalls[] = {DiskCall::kRead, DiskCall::kWrite, DiskCall::kSync,
                               DiskCall::kNames};  // as in kDiskCalls

}  // namespace

Disk::Disk(std::function<std::uint64_t()> seed, std::function<void()> power_is_cut)
    : seed_(std::move(seed)), power_is_cut_(std::move(power_is_cut)) {
  begin_life();
}

void Disk::begin_life() {
  files_->on_change([this] { has_changed(); });
  slow(slowness_);
  for (const auto& [kind, index] : failing_) files_->fail_call(kind, index);
  failed_.clear();
  may_be_full_ = fillings_ > 0;
  if (may_be_full_) files_->set_capacity(capacity_);
}

void Disk::cut_power_after(std::uint64_t changes) {
  if (is_whole()) until_cut_ = changes;
}

void Disk::has_changed() {
  if (!until_cut_ || !is_whole() || (*until_cut_)-- > 0) return;
  until_cut_.reset();
  left_ = files_->after_power_cut(
      {.data = env::Unsynced::kSubset, .names = env::Unsynced::kSubset, .seed = seed_()});
  power_is_cut_();
}

void Disk::come_back() {
  has_ever_failed_ = has_ever_failed();
  was_full_ = was_full_ || files_->take_was_full();
  std::erase_if(failing_, [&](const auto& fault) { return !files_->fault_pending(fault.first); });
  files_ = std::move(left_);
  begin_life();
}

void Disk::slow(int times) {
  slowness_ = times;
  for (const DiskCall call : kCalls) files_->set_cost(call, {.fixed = kCall * times});
}

void Disk::fail(DiskCall kind, std::uint64_t index) {
  if (has_failed(kind)) failed_.insert(kind);
  files_->fail_call(kind, index);
  failing_[kind] = index;
}

void Disk::fill(std::uint64_t bytes) {
  capacity_ = files_->leave_room(bytes);
  ++fillings_;
  may_be_full_ = true;
}

bool Disk::make_room() {
  if (fillings_ > 0) --fillings_;
  if (fillings_ == 0) files_->set_capacity(std::numeric_limits<std::uint64_t>::max());
  return std::exchange(was_full_, false) || files_->take_was_full();
}

bool Disk::flip_bit(std::uint64_t seed) {
  if (!files_->flip_some_bit(seed)) return false;
  is_damaged_ = true;
  return true;
}

void Disk::heal() {
  until_cut_.reset();
  slow(1);
  while (fillings_ > 0) make_room();
  std::erase_if(failing_, [&](const auto& fault) { return files_->fault_pending(fault.first); });
  files_->fail_nothing();
}

bool Disk::has_failed() const {
  return std::ranges::any_of(kCalls, [&](DiskCall kind) { return has_failed(kind); });
}

bool Disk::has_failed_to_write() const {
  return std::ranges::any_of(
      kCalls, [&](DiskCall kind) { return kind != DiskCall::kRead && has_failed(kind); });
}

bool Disk::has_failed(DiskCall kind) const {
  return failed_.contains(kind) || (failing_.contains(kind) && !files_->fault_pending(kind));
}

std::optional<DiskCall> parse_disk_call(std::string_view text) {
  const auto found = std::ranges::find(kDiskCalls, text);
  if (found == kDiskCalls.end()) return std::nullopt;
  return kCalls[found - kDiskCalls.begin()];
}

}  // namespace strata::sim
