// JSON bodies: what is taken is valid, bounded and read the same again.
#include <string>

#include "platform/json/numbers.hpp"
#include "platform/json/read.hpp"
#include "platform/json/write.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace salesflow;

namespace {

enum class Kind { one, two };
BOOST_DESCRIBE_ENUM(Kind, one, two)

struct Inner {
  std::string text;
  std::optional<double> number;
  std::optional<RawJson> raw;
};
BOOST_DESCRIBE_STRUCT(Inner, (), (text, number, raw))

struct Body {
  std::optional<Kind> kind;
  std::optional<Text<1, 5>> text;
  std::optional<Ranged<int, 1, 200>> limit;
  std::optional<RawJson> raw;
  std::optional<Uuid> id;
  std::optional<TimePoint> at;
  std::optional<Date> day;
  std::optional<Money> amount;
  Patch<std::string> name;
  std::vector<Inner> inner;
};
BOOST_DESCRIBE_STRUCT(Body, (), (kind, text, limit, raw, id, at, day, amount, name, inner))

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto parsed = json::parse(text);
  const auto body = json::read<Body>(text);
  const auto rows = json::read_array<Body>(text, 100, {.refuse_unknown = true, .unknown_fields = nullptr});
  if (!parsed) {
    fuzz::require(!body && !rows, "what is no JSON is no body");
    fuzz::require(!parsed.error().public_detail.empty(), "a refusal says why");
    return 0;
  }
  fuzz::require(!json::find_outsize_number(text), "no number beyond the bounds is taken");
  const std::size_t stored = json::stored_size(text);
  fuzz::require(stored <= 400 * text.size() + 2, "no text grows without bound");
  fuzz::require(json::parse(json::detail::serialize(*parsed)).has_value() || stored > text.size(),
                "what was taken is taken again");
  for (const auto element : json::raw_elements(text))
    fuzz::require(json::parse(element).has_value(), "an element of an array is JSON");
  if (body && body->raw)
    fuzz::require(json::parse(body->raw->text).has_value(), "a raw member is JSON");
  return 0;
}
