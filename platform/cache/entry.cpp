#include "platform/cache/entry.hpp"

#include <libdeflate.h>
#if defined(__x86_64__)
#include <xxh_x86dispatch.h>  // the widest instructions that this machine has
#else
#include <xxhash.h>
#endif

#include <algorithm>
#include <cstring>

#include "platform/core/mutant.hpp"
#include "platform/postgres/snapshot.hpp"

namespace salesflow::cache {
namespace {

// Changes whenever what stands behind it is laid out otherwise.
constexpr std::string_view format = "sfc2";
constexpr std::size_t head_bytes = 4 + 8;  // format, checksum
constexpr std::size_t headers_max = 64, tags_max = 4096;

void put(std::string& out, std::uint64_t number) {
  char bytes[8];
  std::memcpy(bytes, &number, 8);
  out.append(bytes, 8);
}

void put(std::string& out, std::string_view text) {
  put(out, static_cast<std::uint64_t>(text.size()));
  out += text;
}

/// Reads what put() wrote; `ok` stays false once something was missing.
struct Reader {
  std::string_view rest;
  bool ok = true;

  std::uint64_t number() {
    if (rest.size() < 8) {
      ok = false;
      return 0;
    }
    std::uint64_t value = 0;
    std::memcpy(&value, rest.data(), 8);
    rest.remove_prefix(8);
    return value;
  }
  std::string_view text() {
    const std::uint64_t size = number();
    if (!ok || size > rest.size()) {
      ok = false;
      return {};
    }
    const std::string_view value = rest.substr(0, size);
    rest.remove_prefix(size);
    return value;
  }
};

std::uint64_t micros(TimePoint at) {
  return static_cast<std::uint64_t>(at.time_since_epoch().count());
}

TimePoint time_of(std::uint64_t micros) {
  return TimePoint(TimePoint::duration(static_cast<std::int64_t>(micros)));
}

/// Nullptr when it is no gzip of so many bytes.
Bytes unzip(std::string_view gzip, std::size_t size) {
  if (size > packed_bytes_max)
    return nullptr;
  struct Free {
    void operator()(libdeflate_decompressor* tool) const noexcept { libdeflate_free_decompressor(tool); }
  };
  thread_local const std::unique_ptr<libdeflate_decompressor, Free> tool(libdeflate_alloc_decompressor());
  std::string out(size, '\0');
  std::size_t got = 0;
  if (!tool ||
      libdeflate_gzip_decompress(tool.get(), gzip.data(), gzip.size(), out.data(), out.size(), &got) !=
          LIBDEFLATE_SUCCESS ||
      got != size)
    return nullptr;
  return std::make_shared<const std::string>(std::move(out));
}

}  // namespace

Bytes zip(std::string_view body) {
  struct Free {
    void operator()(libdeflate_compressor* tool) const noexcept { libdeflate_free_compressor(tool); }
  };
  thread_local const std::unique_ptr<libdeflate_compressor, Free> tool(libdeflate_alloc_compressor(1));
  if (!tool || body.size() < 2)
    return nullptr;
  std::string out(body.size() - 1, '\0');
  out.resize(libdeflate_gzip_compress(tool.get(), body.data(), body.size(), out.data(), out.size()));
  return out.empty() ? nullptr : std::make_shared<const std::string>(std::move(out));
}

Key Key::of(std::string_view bytes) noexcept {
  const XXH128_hash_t hash = XXH3_128bits(bytes.data(), bytes.size());
  return {hash.high64, hash.low64};
}

std::size_t Entry::bytes() const noexcept {
  std::size_t sum = sizeof(Entry) + made.content_type.size() + made.etag.size() + made.snapshot.size() +
                    seen.size() * sizeof(Seen) + versions.size() * 8;
  for (const auto& [name, value] : made.headers)
    sum += name.size() + value.size() + 64;
  for (const Bytes& part : {made.body, made.gzip})
    sum += part ? part->size() + 48 : 0;
  return sum;
}

std::chrono::milliseconds Entry::age(TimePoint now) const noexcept {
  return std::max(std::chrono::duration_cast<std::chrono::milliseconds>(now - made_at), std::chrono::milliseconds(0));
}

bool Entry::contains(const std::vector<Stamp>& stamps, std::uint64_t cluster) const noexcept {
  if (is_mutant("own_xid_skipped"))
    return true;
  return std::all_of(stamps.begin(), stamps.end(), [&](const Stamp& stamp) {
    const bool is_of_others = stamp.scheme != 0 && stamp.scheme == made.scheme && (stamp.tables & made.tables) == 0;
    return stamp.cluster != cluster || is_of_others || postgres::snapshot_contains(made.snapshot, stamp.xid);
  });
}

std::string pack(const Entry& entry) {
  const Made& made = entry.made;
  std::string out(format);
  put(out, std::uint64_t{0});
  put(out, micros(entry.made_at));
  put(out, micros(entry.expires_at));
  put(out, micros(made.valid_until));
  put(out, made.tables);
  put(out, std::uint64_t{made.scheme});
  put(out, made.content_type);
  put(out, made.etag);
  put(out, made.snapshot);
  put(out, static_cast<std::uint64_t>(made.headers.size()));
  for (const auto& [name, value] : made.headers) {
    put(out, name);
    put(out, value);
  }
  put(out, static_cast<std::uint64_t>(entry.seen.size()));
  for (const Entry::Seen& seen : entry.seen) {
    put(out, seen.tag);
    put(out, seen.token.xid);
    put(out, seen.token.random);
    out.append(reinterpret_cast<const char*>(seen.run_id.bytes.data()), seen.run_id.bytes.size());
  }
  put(out, static_cast<std::uint64_t>(made.gzip ? 1 : 0));
  put(out, static_cast<std::uint64_t>(made.body ? made.body->size() : 0));
  put(out, made.gzip ? std::string_view(*made.gzip) : made.body ? std::string_view(*made.body) : std::string_view());
  const std::uint64_t checksum = XXH3_64bits(out.data() + head_bytes, out.size() - head_bytes);
  std::memcpy(out.data() + format.size(), &checksum, 8);
  return out;
}

std::optional<Entry> unpack(std::string_view bytes) {
  if (bytes.size() < head_bytes || bytes.size() > packed_bytes_max || !bytes.starts_with(format))
    return std::nullopt;
  std::uint64_t checksum = 0;
  std::memcpy(&checksum, bytes.data() + format.size(), 8);
  Reader in{bytes.substr(head_bytes)};
  if (checksum != XXH3_64bits(in.rest.data(), in.rest.size()))
    return std::nullopt;
  std::optional<Entry> read(std::in_place);
  Entry& entry = *read;
  Made& made = entry.made;
  made.is_kept = true;
  entry.made_at = time_of(in.number());
  entry.expires_at = time_of(in.number());
  made.valid_until = time_of(in.number());
  made.tables = in.number();
  made.scheme = static_cast<std::uint32_t>(in.number());
  made.content_type = in.text();
  made.etag = in.text();
  made.snapshot = in.text();
  const std::uint64_t headers = in.number();
  if (headers > headers_max)
    return std::nullopt;
  for (std::uint64_t i = 0; i < headers && in.ok; ++i) {
    std::string name(in.text());
    std::string value(in.text());
    made.headers.emplace_back(std::move(name), std::move(value));
  }
  const std::uint64_t tags = in.number();
  if (tags > tags_max)
    return std::nullopt;
  for (std::uint64_t i = 0; i < tags && in.ok; ++i) {
    Entry::Seen seen;
    seen.tag = in.number();
    seen.token.xid = in.number();
    seen.token.random = in.number();
    if (in.rest.size() < seen.run_id.bytes.size())
      return std::nullopt;
    std::memcpy(seen.run_id.bytes.data(), in.rest.data(), seen.run_id.bytes.size());
    in.rest.remove_prefix(seen.run_id.bytes.size());
    entry.seen.push_back(seen);
  }
  const bool is_gzip = in.number() == 1;
  const std::uint64_t size = in.number();
  const std::string_view body = in.text();
  if (!in.ok || !in.rest.empty())
    return std::nullopt;
  if (is_gzip) {
    made.body = unzip(body, size);
    made.gzip = std::make_shared<const std::string>(body);
  } else {
    made.body = std::make_shared<const std::string>(body);
  }
  if (!made.body || made.body->size() != size)
    return std::nullopt;
  return read;
}

}  // namespace salesflow::cache
