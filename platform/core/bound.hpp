// What a sample without, or with few, wrong ones says of all.
#pragma once

#include <cstdint>
#include <string>

namespace salesflow {

/// The largest share of wrong ones that `wrong` in `checked` still allow at 95 % confidence: the p with
///   P(at most `wrong` of `checked` are wrong) = sum over i = 0..wrong of C(checked, i) p^i (1 - p)^(checked - i) =
///   0.05,
/// Clopper and Pearson's upper bound, one-sided. Without a wrong one it is 1 - 0.05^(1 / checked), which is almost
/// 3 / checked, the rule of three. 1 when nothing was checked.
double wrong_share_max(std::uint64_t checked, std::uint64_t wrong);

/// "0 wrong in 30,000: at most 1 in 10,000 at 95 %"; rounded to two digits, never to the better side.
std::string bound_in_words(std::uint64_t checked, std::uint64_t wrong);

}  // namespace salesflow
