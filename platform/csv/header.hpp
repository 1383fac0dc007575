// Headers of columns, and other short values of a file, as people write them.
#pragma once

#include <string>
#include <string_view>

namespace salesflow::csv {

/// Lower case of ASCII letters and of Ä, Ö, Ü.
std::string lower(std::string_view text);
/// "E-Mail Adresse" → "emailadresse": lower case, without white space, '-', '_', '.', '/', ':' and '*'.
std::string fold_header(std::string_view header);

}  // namespace salesflow::csv
