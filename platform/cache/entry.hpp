// Entry: an answer that is kept, with all that says whether it may still be used. Immutable.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "platform/cache/tag.hpp"
#include "platform/core/request_context.hpp"
#include "platform/core/time.hpp"
#include "platform/redis/run_id.hpp"

namespace salesflow::cache {

/// What an entry is found by: a hash of whose answer it is, of what and for which database.
struct Key {
  std::uint64_t high = 0, low = 0;
  friend bool operator==(const Key&, const Key&) = default;
  /// Of these bytes, which hold all that the answer depends on.
  static Key of(std::string_view bytes) noexcept;
};

using Bytes = std::shared_ptr<const std::string>;

/// What was asked for, as its maker hands it over.
struct Made {
  bool is_kept = false;  // a success that may be shown again; all else is only handed on
  std::string content_type;
  std::string etag;
  std::vector<std::pair<std::string, std::string>> headers;
  Bytes body;
  Bytes gzip;                                // the same, where it is worth it
  std::string snapshot;                      // of its first statement
  TimePoint valid_until = TimePoint::max();  // when the clock alone changes it
  /// The tables it was made of, as in Stamp: what changed others need not be in it.
  std::uint64_t tables = ~std::uint64_t{0};
  std::uint32_t scheme = 0;
};

struct Entry {
  Made made;
  TimePoint made_at{}, expires_at{};
  /// One a tag: the token that was read before the first statement, and which life of which server told it.
  struct Seen {
    std::uint64_t tag = 0;
    Token token;
    redis::RunId run_id;
  };
  std::vector<Seen> seen;
  /// In this process only: LocalTokens' versions from before the first statement, in the order of `seen`.
  std::vector<std::uint64_t> versions;
  std::uint64_t epoch = 0;  // of the channel that tells changes
  bool is_probe = false;    // of Effort::probe, and not used since

  std::size_t bytes() const noexcept;
  std::chrono::milliseconds age(TimePoint now) const noexcept;
  /// It contains what the client has written, as far as its stamps are of this database and of these tables.
  bool contains(const std::vector<Stamp>& stamps, std::uint64_t cluster) const noexcept;
};

using EntryPtr = std::shared_ptr<const Entry>;

inline constexpr std::size_t packed_bytes_max = 8 << 20;

/// From this size on a body is kept as gzip, too.
inline constexpr std::size_t gzip_bytes_min = 4096;
/// Null when it would not be smaller. Level 1: 40 us for 20 kB.
Bytes zip(std::string_view body);

/// As it stands in Redis: a version, a checksum, then the fields; the body as gzip where there is one.
std::string pack(const Entry& entry);
/// Nullopt for what another version or somebody else wrote, or what is cut off or changed.
std::optional<Entry> unpack(std::string_view bytes);

}  // namespace salesflow::cache
