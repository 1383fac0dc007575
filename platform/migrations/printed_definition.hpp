// Definitions as PostgreSQL prints them, for comparing what was printed before a dump with what is printed after its
// restore.
#pragma once

#include <string>
#include <string_view>

namespace salesflow::migrations {

/// A dump holds definitions as they are printed, and what is read from there is printed a little differently:
///   ((ARRAY['a'::character varying, 'b'::character varying])::text[])   (ARRAY[('a'::character varying)::text, …])
///   (((a) OR (b)) OR (c)), of (x, y) IS DISTINCT FROM (…)               ((a) OR (b) OR (c))
/// Returns the second form of both. What is equal then means the same: nothing else is touched, and no constant.
std::string as_restored(std::string_view definition);

}  // namespace salesflow::migrations
