// Addresses and by what they are compared, for the tests of both who know the rule: parse_email and
// salesflow_email_key.
#pragma once

#include <string_view>

namespace salesflow {

struct EmailExample {
  std::string_view text, key;
};
inline constexpr EmailExample email_examples[] = {
    {"eva@example.org", "eva@example.org"},
    {" Eva.R+Tag@Example.ORG\t", "eva.r+tag@example.org"},
    {"\u00A0eva@example.org\u200B", "eva@example.org"},
    {"mailto:Eva@example.org", "eva@example.org"},
    {"MAILTO: eva@example.org?subject=Hallo%20Eva", "eva@example.org"},
    {"info@b\u00FCcher.example", "info@xn--bcher-kva.example"},
    {"info@bu\u0308cher.example", "info@xn--bcher-kva.example"},  // decomposed
    {"Info@B\u00DCCHER.example", "info@xn--bcher-kva.example"},
    {"info@xn--bcher-kva.example", "info@xn--bcher-kva.example"},
    {"a@stra\u00DFe.example", "a@xn--strae-oqa.example"},
    {"a@m\u00FCnchen.k\u00F6ln.example", "a@xn--mnchen-3ya.xn--kln-sna.example"},
    {"a@\u65E5\u672C\u8A9E.jp", "a@xn--wgv71a119e.jp"},
    {"a@\u043F\u0440\u0438\u043C\u0435\u0440.\u0440\u0444", "a@xn--e1afmkfd.xn--p1ai"},
};

}  // namespace salesflow
