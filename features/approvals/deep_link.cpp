#include "features/approvals/deep_link.hpp"

#include <algorithm>

namespace salesflow::approvals {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view space = " \t\r\n";
  const auto first = text.find_first_not_of(space);
  return first == std::string_view::npos ? std::string_view()
                                         : text.substr(first, text.find_last_not_of(space) - first + 1);
}

/// Digits with the country in front, without '+': "+43 (0)664 12" and "0043…" are, "0664…" is not.
std::optional<std::string> international(std::string_view number) {
  constexpr std::size_t digits_min = 7, digits_max = 15;
  std::string text(trim(number));
  const bool plus = text.starts_with('+');
  if (const auto trunk = text.find("(0)"); trunk != std::string::npos)
    text.erase(trunk, 3);
  std::string digits;
  for (const char c : text) {
    if (is_digit(c))
      digits += c;
    else if (is_letter(c))
      return std::nullopt;
  }
  if (!plus && digits.starts_with("00"))
    digits.erase(0, 2);
  if (digits.starts_with('0') || digits.size() < digits_min || digits.size() > digits_max)
    return std::nullopt;
  return digits;
}

/// Any number that a phone can dial: digits, with the leading '+' kept.
std::optional<std::string> dialable(std::string_view number) {
  if (const auto digits = international(number); digits && trim(number).starts_with('+'))
    return "+" + *digits;
  std::string digits;
  for (const char c : number) {
    if (is_digit(c))
      digits += c;
    else if (is_letter(c))
      return std::nullopt;
  }
  return digits.size() < 3 ? std::nullopt : std::optional(digits);
}

/// The name in a handle ("@eva") or in a link to one of `hosts` (behind `folder`); empty for links elsewhere.
std::string name_in(std::string_view text, std::initializer_list<std::string_view> hosts, std::string_view folder) {
  text = trim(text);
  const std::string low = lower(text);
  std::size_t at = 0;
  bool is_link = false;
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (low.starts_with(scheme)) {
      at = scheme.size();
      is_link = true;
    }
  }
  if (low.compare(at, 4, "www.") == 0)
    at += 4;
  bool own = false;
  for (const std::string_view host : hosts) {
    if (low.compare(at, host.size(), host) == 0 && low.size() > at + host.size() && low[at + host.size()] == '/') {
      at += host.size() + 1;
      own = true;
      break;
    }
  }
  if (is_link && !own)
    return {};
  if (own && low.compare(at, folder.size(), folder) == 0)
    at += folder.size();
  std::string_view name = text.substr(at);
  name = name.substr(0, name.find_first_of("/?#"));
  if (name.starts_with('@'))
    name.remove_prefix(1);
  // A link that was percent-encoded already would be encoded twice; none of these hosts needs it for names.
  const bool fits = std::all_of(name.begin(), name.end(), [](char c) {
    return is_letter(c) || is_digit(c) || c == '.' || c == '_' || c == '-' || static_cast<unsigned char>(c) >= 0x80;
  });
  return fits ? std::string(name) : std::string();
}

std::optional<std::string> page(std::string_view front, const std::string& name) {
  if (name.empty())
    return std::nullopt;
  return std::string(front) + percent_encode(name);
}

}  // namespace

std::string percent_encode(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (is_letter(c) || is_digit(c) || c == '-' || c == '.' || c == '_' || c == '~') {
      out += c;
    } else {
      out += '%';
      out += digits[byte >> 4];
      out += digits[byte & 15];
    }
  }
  return out;
}

std::optional<std::string> deep_link(std::string_view channel, const Addresses& addresses, std::string_view message) {
  const std::string kind = lower(channel);
  const std::string text = percent_encode(message);
  if (kind == "whatsapp") {
    auto number = international(addresses.whatsapp);
    if (!number)
      number = international(addresses.phone);
    return number ? std::optional("https://wa.me/" + *number + "?text=" + text) : std::nullopt;
  }
  if (kind == "email") {
    const auto address = trim(addresses.email);
    const auto at = address.find('@');
    if (at == 0 || at >= address.size() - 1 || address.find_first_of(" \t\r\n,;<>") != std::string_view::npos ||
        address.empty())
      return std::nullopt;
    return "mailto:" + percent_encode(address.substr(0, at)) + "@" + percent_encode(address.substr(at + 1)) +
           "?body=" + text;
  }
  if (kind == "sms" || kind == "phone") {
    const auto number = dialable(addresses.phone);
    if (!number)
      return std::nullopt;
    return kind == "sms" ? "sms:" + *number + "?body=" + text : "tel:" + *number;
  }
  if (kind == "instagram")
    return page("https://ig.me/m/", name_in(addresses.instagram, {"instagram.com", "ig.me"}, "m/"));
  if (kind == "facebook")
    return page("https://m.me/", name_in(addresses.facebook, {"facebook.com", "m.me", "fb.com"}, "m/"));
  if (kind == "linkedin")
    return page("https://www.linkedin.com/in/", name_in(addresses.linkedin, {"linkedin.com"}, "in/"));
  return std::nullopt;
}

}  // namespace salesflow::approvals
