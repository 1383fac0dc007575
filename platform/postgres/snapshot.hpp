// pg_snapshot text ("xmin:xmax:xip,…") on our side of the wire.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace salesflow::postgres {

/// What pg_visible_in_snapshot(xid, snapshot) answers: true when the transaction, if it committed, is in the snapshot.
/// A malformed snapshot contains nothing. Never allocates.
bool snapshot_contains(std::string_view snapshot, std::uint64_t xid) noexcept;

/// So many transactions at least began between the snapshot and this one. False for a malformed snapshot.
bool is_beyond(std::string_view snapshot, std::uint64_t xid, std::uint64_t distance) noexcept;

/// A snapshot taken on a standby, made safe: its list of running transactions can lack one, so nothing from xmin on
/// is claimed ("xmin:xmin:"). A malformed one becomes "".
std::string standby_snapshot(std::string_view snapshot);

}  // namespace salesflow::postgres
