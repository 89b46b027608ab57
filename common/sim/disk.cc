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
  has_failed_ = false;
}

void Disk::cut_power_after(std::uint64_t changes) {
  if (is_whole()) until_cut_ = changes;
}

void Disk::has_changed() {
  if (!until_cut_ || !is_whole() || (*until_cut_)-- > 0) return;
  left_ = files_->after_power_cut(
      {.data = env::Unsynced::kSubset, .names = env::Unsynced::kSubset, .seed = seed_()});
  power_is_cut_();
}

void Disk::come_back() {
  until_cut_.reset();
  has_ever_failed_ = has_ever_failed();
  std::erase_if(failing_, [&](const auto& fault) { return !files_->fault_pending(fault.first); });
  files_ = std::move(left_);
  begin_life();
}

void Disk::slow(int times) {
  slowness_ = times;
  for (const DiskCall call : kCalls) files_->set_cost(call, {.fixed = kCall * times});
}

void Disk::fail(DiskCall kind, std::uint64_t index) {
  has_failed_ = has_failed();
  files_->fail_call(kind, index);
  failing_[kind] = index;
}

void Disk::fill(std::uint64_t bytes) {
  files_->leave_room(bytes);
  has_failed_ = true;
}

void Disk::empty() { files_->set_capacity(std::numeric_limits<std::uint64_t>::max()); }

void Disk::flip_bit(std::uint64_t seed) {
  if (files_->flip_some_bit(seed)) is_damaged_ = true;
}

void Disk::heal() {
  until_cut_.reset();
  slow(1);
  empty();
  std::erase_if(failing_, [&](const auto& fault) { return files_->fault_pending(fault.first); });
  files_->fail_nothing();
}

bool Disk::has_failed() const {
  return has_failed_ || std::ranges::any_of(failing_, [&](const auto& fault) {
           return !files_->fault_pending(fault.first);
         });
}

std::optional<DiskCall> parse_disk_call(std::string_view text) {
  const auto found = std::ranges::find(kDiskCalls, text);
  if (found == kDiskCalls.end()) return std::nullopt;
  return kCalls[found - kDiskCalls.begin()];
}

}  // namespace strata::sim
