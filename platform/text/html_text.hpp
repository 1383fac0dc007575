// HTML as text: what a mail program shows of it.
//
// What HTML is: a text in which a document begins ("<!doctype html", "<html", "<head", "<body"), an element without an
// end stands (<br>, <hr>, <img …>), or one has a start and an end tag (<p>…</p>). A tag is "<", the name of an element
// that pages and mails are made of, attributes as HTML writes them, and ">". So "if (a<b && c>d)", "<eva@example.org>",
// "vector<int>", "I <3 you" and "a <b> c" are text, and so is "Tom &amp; Jerry".
#pragma once

#include <string>
#include <string_view>

namespace salesflow {

/// Looks at the first 1,000 "<". Cost: none for a text without any.
bool is_html(std::string_view text) noexcept;

/// What is shown of HTML: paragraphs with an empty line between them, other blocks and <br> on lines of their own,
/// "- " or "1. " before items of lists, a tab between cells, "> " before quoted lines, pictures as their alt texts;
/// entities decoded (of a text the first 200 different ones), white space folded outside of <pre>. What is hidden is
/// left out: style, script, title, template, comments, `hidden`, "display:none"; what has no end hides nothing. Cost:
/// one pass, two where something hidden has no end; no recursion, so depth does not matter. Never fails.
std::string html_to_text(std::string_view html);

/// What is shown of `text`: html_to_text() when it is HTML, otherwise `text` as it is.
std::string shown_text(std::string_view text);

/// What is shown of a text whose end was cut off. HTML is then also what begins with a start tag, since the end tag may
/// be in the lost part; a tag that was cut itself is left out.
std::string shown_beginning(std::string_view text);

}  // namespace salesflow
