// Cuts a SQL file into single statements, as the server would read it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace salesflow::migrations {

/// One statement without its semicolon and without comments around it; `line` is where it begins, from 1.
struct Statement {
  std::string text;
  int line = 1;
};

/// Splits at semicolons outside of '…', E'…', "…", $tag$…$tag$, -- and nested /* */ comments. Statements that are
/// only comments are left out. SQL bodies of the form BEGIN ATOMIC … END are not understood; write them in $$.
/// Never fails: an unclosed quote makes the rest one statement, which the server then refuses.
std::vector<Statement> split_statements(std::string_view sql);

}  // namespace salesflow::migrations
