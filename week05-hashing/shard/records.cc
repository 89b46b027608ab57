#include "shard/records.h"

#include <array>
#include <climits>
#include <cstddef>
#include <string_view>

#include "base/bytes.h"
#include "base/text.h"
#include "net/hidden_keys.h"
#include "shard/shard.pb.h"

namespace strata::shard {
namespace {

constexpr std::string_view kPrefix("\0strata\0shard\0", 14);
static_assert(kPrefix.starts_with(net::kHiddenPrefix));
constexpr char kVersion = 1;

std::string key_of(std::string_view name) { return std::string(kPrefix) += name; }

std::string key_of(std::string_view side, const MoveName& name) {
  std::string key = key_of(side);
  for (const std::uint64_t number : {name.epoch, name.from.value(), name.to.value()}) {
    std::array<std::byte, sizeof number> bytes;
    store_little_endian(bytes.data(), number);
    key += as_text(bytes);
  }
  return key;
}

std::string record_with(std::string_view bytes) { return std::string(1, kVersion) += bytes; }

Error damaged(std::string_view key) {
  return corruption("the record " + printable(key) + " of this server is damaged");
}

// The bytes behind the version.
Result<std::string_view> bytes_of(std::string_view key, std::string_view record) {
  if (record.empty()) return damaged(key);
  if (record[0] != kVersion)
    return unsupported("the record " + printable(key) +
                       " of this server was written by a newer program");
  return record.substr(1);
}

template <class Message>
Result<Message> message_of(std::string_view key, std::string_view record) {
  STRATA_TRY(const std::string_view bytes, bytes_of(key, record));
  Message message;
  if (bytes.size() > INT_MAX ||
      !message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
    return damaged(key);
  return message;
}

proto::MoveRecord message_of(const MoveName& name) {
  proto::MoveRecord message;
  message.set_epoch(name.epoch);
  message.set_from(name.from.value());
  message.set_to(name.to.value());
  return message;
}

Result<void> read_move(std::string_view side, std::string_view key, std::string_view value,
                       Records& records) {
  STRATA_TRY(const auto message, message_of<proto::MoveRecord>(key, value));
  const MoveName name{message.epoch(), ServerId(message.from()), ServerId(message.to())};
  if (key != key_of(side, name)) return damaged(key);
  if (side == "from") {
    if (message.stage() > static_cast<std::uint32_t>(SourceStage::kReleased)) return damaged(key);
    records.sources[name] = {static_cast<SourceStage>(message.stage()), message.attempt()};
  } else {
    if (message.stage() > static_cast<std::uint32_t>(TargetStage::kDone)) return damaged(key);
    records.targets[name] = {.stage = static_cast<TargetStage>(message.stage()),
                             .attempt = message.attempt(),
                             .life = message.life(),
                             .after_key = message.after_key(),
                             .number = message.number()};
  }
  return {};
}

}  // namespace

Result<Records> read_records(Store& store) {
  Records records;
  STRATA_TRY(const auto cursor, store.scan({.range = KeyRange::prefix(kPrefix)}));
  for (;;) {
    STRATA_TRY(const auto entry, cursor->next());
    if (!entry) return records;
    const std::string_view name = entry->key.substr(kPrefix.size());
    if (name == "self") {
      STRATA_TRY(const auto self, message_of<proto::SelfRecord>(entry->key, entry->value));
      records.self = Self{.id = ServerId(self.id()), .name = self.name()};
    } else if (name == "map") {
      STRATA_TRY(const std::string_view bytes, bytes_of(entry->key, entry->value));
      STRATA_TRY(records.map, decode(bytes));
    } else if (name.starts_with("from") || name.starts_with("to")) {
      STRATA_TRY(
          read_move(name.starts_with("from") ? "from" : "to", entry->key, entry->value, records));
    } else {
      return unsupported("the record " + printable(entry->key) +
                         " of this server was written by a newer program");
    }
  }
}

Result<bool> has_keys(Store& store) {
  const KeyRange hidden = KeyRange::prefix(net::kHiddenPrefix);
  for (const KeyRange& range : {KeyRange{.from = {}, .to = hidden.from},
                                KeyRange{.from = *hidden.to, .to = std::nullopt}}) {
    STRATA_TRY(const auto cursor, store.scan({.range = range, .limit = 1}));
    STRATA_TRY(const auto entry, cursor->next());
    if (entry) return true;
  }
  return false;
}

void add_record(const Self& self, WriteBatch& batch) {
  proto::SelfRecord message;
  message.set_id(self.id.value());
  message.set_name(self.name);
  batch.put(key_of("self"), record_with(message.SerializeAsString()));
}

void add_record(const ClusterMap& map, WriteBatch& batch) {
  batch.put(key_of("map"), record_with(encode(map)));
}

void add_record(const MoveName& name, const SourceRecord& record, WriteBatch& batch) {
  proto::MoveRecord message = message_of(name);
  message.set_stage(static_cast<std::uint32_t>(record.stage));
  message.set_attempt(record.attempt);
  batch.put(key_of("from", name), record_with(message.SerializeAsString()));
}

void add_record(const MoveName& name, const TargetRecord& record, WriteBatch& batch) {
  proto::MoveRecord message = message_of(name);
  message.set_stage(static_cast<std::uint32_t>(record.stage));
  message.set_attempt(record.attempt);
  message.set_life(record.life);
  message.set_after_key(record.after_key);
  message.set_number(record.number);
  batch.put(key_of("to", name), record_with(message.SerializeAsString()));
}

void remove_records(const MoveName& name, WriteBatch& batch) {
  batch.remove(key_of("from", name)).remove(key_of("to", name));
}

}  // namespace strata::shard
