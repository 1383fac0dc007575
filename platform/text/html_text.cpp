#include "platform/text/html_text.hpp"

#include <gumbo.h>

#include <algorithm>
#include <bitset>
#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace salesflow {
namespace {

constexpr std::size_t looked_at_max = 1'000;     // "<" that may be tags
constexpr std::size_t tag_bytes_max = 1'024;     // of one that says that a text is HTML
constexpr std::size_t depth_shown_max = 8;       // of quotes and lists
constexpr std::size_t entity_bytes_max = 40;     // with & and ;
constexpr std::size_t entities_looked_up = 200;  // different ones of a text; more stay as they are written

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

template <std::size_t Size>
bool is_one_of(GumboTag tag, const GumboTag (&tags)[Size]) {
  return std::find(std::begin(tags), std::end(tags), tag) != std::end(tags);
}

/// Elements that say by themselves that a text is HTML.
constexpr GumboTag alone[] = {GUMBO_TAG_HTML, GUMBO_TAG_HEAD, GUMBO_TAG_BODY, GUMBO_TAG_BR,
                              GUMBO_TAG_HR,   GUMBO_TAG_IMG,  GUMBO_TAG_META, GUMBO_TAG_LINK};
/// Elements that do by start and end; others, such as <title> or <map>, are as often something else.
constexpr GumboTag in_pairs[] = {
    GUMBO_TAG_P,       GUMBO_TAG_DIV,     GUMBO_TAG_SPAN,   GUMBO_TAG_A,      GUMBO_TAG_B,    GUMBO_TAG_I,
    GUMBO_TAG_U,       GUMBO_TAG_S,       GUMBO_TAG_EM,     GUMBO_TAG_STRONG, GUMBO_TAG_FONT, GUMBO_TAG_CENTER,
    GUMBO_TAG_TABLE,   GUMBO_TAG_TBODY,   GUMBO_TAG_THEAD,  GUMBO_TAG_TR,     GUMBO_TAG_TD,   GUMBO_TAG_TH,
    GUMBO_TAG_UL,      GUMBO_TAG_OL,      GUMBO_TAG_LI,     GUMBO_TAG_DL,     GUMBO_TAG_DT,   GUMBO_TAG_DD,
    GUMBO_TAG_PRE,     GUMBO_TAG_CODE,    GUMBO_TAG_SMALL,  GUMBO_TAG_BIG,    GUMBO_TAG_SUB,  GUMBO_TAG_SUP,
    GUMBO_TAG_H1,      GUMBO_TAG_H2,      GUMBO_TAG_H3,     GUMBO_TAG_H4,     GUMBO_TAG_H5,   GUMBO_TAG_H6,
    GUMBO_TAG_STYLE,   GUMBO_TAG_SCRIPT,  GUMBO_TAG_STRIKE, GUMBO_TAG_DEL,    GUMBO_TAG_INS,  GUMBO_TAG_BLOCKQUOTE,
    GUMBO_TAG_SECTION, GUMBO_TAG_ARTICLE, GUMBO_TAG_HEADER, GUMBO_TAG_FOOTER};
/// Elements that begin and end lines, and those with an empty line around them.
constexpr GumboTag blocks[] = {
    GUMBO_TAG_DIV,      GUMBO_TAG_TABLE,   GUMBO_TAG_TR,     GUMBO_TAG_LI,     GUMBO_TAG_DT,      GUMBO_TAG_DD,
    GUMBO_TAG_SECTION,  GUMBO_TAG_ARTICLE, GUMBO_TAG_HEADER, GUMBO_TAG_FOOTER, GUMBO_TAG_ADDRESS, GUMBO_TAG_CENTER,
    GUMBO_TAG_FORM,     GUMBO_TAG_NAV,     GUMBO_TAG_MAIN,   GUMBO_TAG_ASIDE,  GUMBO_TAG_FIGURE,  GUMBO_TAG_FIGCAPTION,
    GUMBO_TAG_FIELDSET, GUMBO_TAG_CAPTION, GUMBO_TAG_OPTION, GUMBO_TAG_HR,     GUMBO_TAG_BODY};
constexpr GumboTag paragraphs[] = {GUMBO_TAG_P,  GUMBO_TAG_H1, GUMBO_TAG_H2,  GUMBO_TAG_H3,
                                   GUMBO_TAG_H4, GUMBO_TAG_H5, GUMBO_TAG_H6,  GUMBO_TAG_UL,
                                   GUMBO_TAG_OL, GUMBO_TAG_DL, GUMBO_TAG_PRE, GUMBO_TAG_BLOCKQUOTE};
constexpr GumboTag hidden[] = {GUMBO_TAG_TEMPLATE, GUMBO_TAG_OBJECT, GUMBO_TAG_AUDIO, GUMBO_TAG_VIDEO, GUMBO_TAG_SVG};
/// Elements without an end, which hide nothing but themselves.
constexpr GumboTag voids[] = {GUMBO_TAG_INPUT, GUMBO_TAG_COL,    GUMBO_TAG_WBR,   GUMBO_TAG_AREA, GUMBO_TAG_EMBED,
                              GUMBO_TAG_PARAM, GUMBO_TAG_SOURCE, GUMBO_TAG_TRACK, GUMBO_TAG_BASE};
/// Elements that hold no tags; all but the last are hidden.
constexpr GumboTag raw[] = {GUMBO_TAG_STYLE, GUMBO_TAG_SCRIPT, GUMBO_TAG_TITLE, GUMBO_TAG_IFRAME, GUMBO_TAG_TEXTAREA};

/// A tag that stands at the beginning of `text`, as HTML writes one.
struct Tag {
  GumboTag tag = GUMBO_TAG_UNKNOWN;
  bool ends = false;  // </p>
};
std::optional<Tag> read_tag(std::string_view text) {
  text = text.substr(0, tag_bytes_max);
  std::size_t at = 1;
  const auto here = [&] { return at < text.size() ? text[at] : '\0'; };
  Tag tag;
  tag.ends = here() == '/';
  if (tag.ends)
    ++at;
  const std::size_t name = at;
  while (is_letter(here()) || (at > name && is_digit(here())))
    ++at;
  if (at == name || at - name > 10)
    return std::nullopt;
  tag.tag = gumbo_tagn_enum(text.data() + name, static_cast<unsigned>(at - name));
  while (true) {
    const std::size_t before = at;
    while (is_space(here()))
      ++at;
    if (here() == '/' && at + 1 < text.size() && text[at + 1] == '>')
      ++at;
    if (here() == '>')
      return tag;
    if (at == before)
      return std::nullopt;
    const std::size_t attribute = at;
    while (is_letter(here()) || is_digit(here()) || here() == '-' || here() == '_' || here() == ':' || here() == '.')
      ++at;
    if (at == attribute || is_digit(text[attribute]))
      return std::nullopt;
    if (here() != '=')
      continue;
    const char quote = at + 1 < text.size() ? text[at + 1] : '\0';
    if (quote == '"' || quote == '\'') {
      at = text.find(quote, at + 2);
      if (at == std::string_view::npos)
        return std::nullopt;
      ++at;
    } else {
      for (++at; at < text.size() && !is_space(text[at]) && text[at] != '>'; ++at) {
        if (text[at] == '<' || text[at] == '"' || text[at] == '\'')
          return std::nullopt;
      }
    }
  }
}

bool begins_doctype(std::string_view text) {
  constexpr std::string_view doctype = "<!doctype html";
  return text.size() >= doctype.size() && std::equal(doctype.begin(), doctype.end(), text.begin(), [](char a, char b) {
           return a == (b >= 'A' && b <= 'Z' ? static_cast<char>(b + 32) : b);
         });
}

/// Characters by their HTML names and numbers, as gumbo knows them. It is given nothing but the entity: on tags its
/// parser aborts the process for some that are nested wrongly (an assertion of 0.10.1, found by random tags).
class Entities {
 public:
  /// Appends `text` with its entities decoded.
  void append(std::string_view text, std::string& out) {
    while (!text.empty()) {
      const auto at = std::min(text.find('&'), text.size());
      out.append(text.substr(0, at));
      text.remove_prefix(at);
      std::size_t end = 1;
      while (end < text.size() && end < entity_bytes_max &&
             (is_letter(text[end]) || is_digit(text[end]) || text[end] == '#'))
        ++end;
      if (end < text.size() && text[end] == ';')
        ++end;
      if (!text.empty())
        out += decoded(text.substr(0, end));
      text.remove_prefix(std::min(end, text.size()));
    }
  }

 private:
  std::string decoded(std::string_view entity) {
    if (entity.size() < 3)
      return std::string(entity);
    const auto known = known_.find(entity);
    if (known != known_.end())
      return known->second;
    std::string shown(entity);
    if (known_.size() >= entities_looked_up)
      return shown;
    const std::string body = "x" + shown;  // white space alone would be no text
    GumboOutput* const output = gumbo_parse_with_options(&kGumboDefaultOptions, body.data(), body.size());
    const GumboNode* node = output->root;  // <html>, whose last child is <body>, whose first is the text
    while (node && node->type == GUMBO_NODE_ELEMENT) {
      const GumboVector& children = node->v.element.children;
      node = children.length == 0
                 ? nullptr
                 : static_cast<const GumboNode*>(children.data[node == output->root ? children.length - 1 : 0]);
    }
    if (node && node->type == GUMBO_NODE_TEXT)
      shown = node->v.text.text + 1;
    gumbo_destroy_output(&kGumboDefaultOptions, output);
    known_.emplace(entity, shown);
    return shown;
  }

  std::map<std::string, std::string, std::less<>> known_;
};

/// Text as it is shown, grown piece by piece.
class Page {
 public:
  void text(std::string_view piece) {
    for (const char c : piece) {
      if (is_space(c) && pre_ == 0) {
        space_ = true;
      } else if (c == '\n') {
        line();
      } else if (c != '\r') {
        put(c);
      }
    }
  }
  void line() { breaks_ = std::min(breaks_ + 1, 2); }             // <br>
  void part(int breaks) { breaks_ = std::max(breaks_, breaks); }  // a block begins or ends
  void cell() { tab_ = !at_line_start_; }
  void quote(int by) { quotes_ = std::max(quotes_ + by, 0); }
  void pre(int by) { pre_ = std::max(pre_ + by, 0); }
  void item(std::string marker) { marker_ = std::move(marker); }

  std::string take() && {
    while (!out_.empty() && is_space(out_.back()))
      out_.pop_back();
    return std::move(out_);
  }

 private:
  void put(char c) {
    if (breaks_ > 0 || at_line_start_) {
      begin_line();
    } else if (tab_) {
      out_ += '\t';
    } else if (space_) {
      out_ += ' ';
    }
    breaks_ = 0;
    tab_ = space_ = at_line_start_ = false;
    out_ += c;
  }
  void begin_line() {
    if (!out_.empty())
      out_.append(static_cast<std::size_t>(breaks_), '\n');
    for (int i = 0; i < std::min<int>(quotes_, depth_shown_max); ++i)
      out_ += "> ";
    out_ += std::exchange(marker_, {});
  }

  std::string out_, marker_;
  int breaks_ = 0, quotes_ = 0, pre_ = 0;
  bool space_ = false, tab_ = false, at_line_start_ = true;
};

/// A start tag as readers of HTML take it, which is more than read_tag does.
struct Start {
  GumboTag tag = GUMBO_TAG_UNKNOWN;
  std::string_view style, alt;
  bool is_hidden = false, has_alt = false;
};

/// Reads HTML tag by tag, in one pass, without a tree: what is shown of it follows from where elements begin and end.
class Reader {
 public:
  explicit Reader(std::string_view html) : html_(html) {}

  /// False when something hidden has no end, so that the rest of the text would be hidden with it.
  bool run(bool hides) {
    hides_ = hides;
    while (at_ < html_.size()) {
      const auto open = std::min(html_.find('<', at_), html_.size());
      text(html_.substr(at_, open - at_));
      at_ = open;
      if (at_ < html_.size())
        tag();
    }
    return depth_hidden_ == 0;
  }
  std::string take() && { return std::move(page_).take(); }

 private:
  char char_at(std::size_t at) const { return at < html_.size() ? html_[at] : '\0'; }
  void skip_behind(std::string_view end, std::size_t from) {
    const auto found = html_.find(end, from);
    at_ = found == std::string_view::npos ? html_.size() : found + end.size();
  }

  void text(std::string_view written) {
    if (depth_hidden_ > 0 || written.empty())
      return;
    std::string shown;
    entities_.append(written, shown);
    page_.text(shown);
  }

  void tag() {
    const char next = char_at(at_ + 1);
    if (html_.substr(at_).starts_with("<!--")) {
      skip_behind("-->", at_ + 2);
    } else if (is_letter(next)) {
      start_tag();
    } else if (next == '/' && is_letter(char_at(at_ + 2))) {
      at_ += 2;
      const GumboTag ended = name();
      skip_behind(">", at_);
      end(ended);
    } else if (next == '!' || next == '?' || next == '/') {
      skip_behind(">", at_);
    } else {
      text("<");
      ++at_;
    }
  }

  GumboTag name() {
    const auto begin = at_;
    while (at_ < html_.size() && !is_space(html_[at_]) && html_[at_] != '>' && html_[at_] != '/')
      ++at_;
    return gumbo_tagn_enum(html_.data() + begin, static_cast<unsigned>(at_ - begin));
  }

  void start_tag() {
    ++at_;
    Start start;
    const auto begin = at_;
    start.tag = name();
    const std::string_view written = html_.substr(begin, at_ - begin);
    while (at_ < html_.size() && html_[at_] != '>')
      attribute(start);
    ++at_;
    if (is_one_of(start.tag, raw)) {
      raw_text(start.tag, written);
    } else if (depth_hidden_ > 0) {
      depth_hidden_ += start.tag == hidden_ ? 1 : 0;
    } else if (hides_ && !is_one_of(start.tag, alone) && !is_one_of(start.tag, voids) && is_hidden(start)) {
      hidden_ = start.tag;
      depth_hidden_ = 1;
    } else {
      begin_element(start);
    }
  }

  void attribute(Start& start) {
    if (is_space(html_[at_]) || html_[at_] == '/' || html_[at_] == '=') {
      ++at_;
      return;
    }
    const auto begin = at_;
    const auto ends_name = [&](char c) { return is_space(c) || c == '>' || c == '/' || c == '='; };
    while (at_ < html_.size() && !ends_name(html_[at_]))
      ++at_;
    const std::string_view attribute_name = html_.substr(begin, at_ - begin);
    while (is_space(char_at(at_)))
      ++at_;
    std::string_view value;
    if (char_at(at_) == '=') {
      ++at_;
      while (is_space(char_at(at_)))
        ++at_;
      value = attribute_value();
    }
    if (is_same(attribute_name, "style")) {
      start.style = value;
    } else if (is_same(attribute_name, "alt")) {
      start.alt = value;
      start.has_alt = true;
    } else if (is_same(attribute_name, "hidden")) {
      start.is_hidden = true;
    }
  }

  std::string_view attribute_value() {
    const char quote = char_at(at_);
    const auto begin = at_;
    if (quote != '"' && quote != '\'') {
      while (at_ < html_.size() && !is_space(html_[at_]) && html_[at_] != '>')
        ++at_;
      return html_.substr(begin, at_ - begin);
    }
    skip_behind(std::string_view(&quote, 1), begin + 1);
    return html_.substr(begin + 1, std::max(at_, begin + 2) - begin - 2);
  }

  /// What stands between <style> or <textarea> and its end holds no tags.
  void raw_text(GumboTag tag, std::string_view written) {
    const auto begin = at_;
    auto close = html_.find("</", begin);
    while (close != std::string_view::npos && !is_same(html_.substr(close + 2, written.size()), written))
      close = html_.find("</", close + 2);
    at_ = close == std::string_view::npos ? html_.size() : close;
    if (tag == GUMBO_TAG_TEXTAREA)
      text(html_.substr(begin, at_ - begin));
  }

  static bool is_same(std::string_view a, std::string_view b) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    return a.size() == b.size() &&
           std::equal(a.begin(), a.end(), b.begin(), [&](char x, char y) { return lower(x) == lower(y); });
  }

  static bool is_hidden(const Start& start) {
    if (start.is_hidden || is_one_of(start.tag, hidden))
      return true;
    std::string plain;
    for (const char c : start.style) {
      if (!is_space(c))
        plain += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    }
    return plain.find("display:none") != std::string::npos;
  }

  void begin_element(const Start& start) {
    const GumboTag tag = start.tag;
    around(tag);
    if (tag == GUMBO_TAG_BR) {
      page_.line();
    } else if (tag == GUMBO_TAG_TD || tag == GUMBO_TAG_TH) {
      page_.cell();
    } else if (tag == GUMBO_TAG_BLOCKQUOTE) {
      page_.quote(1);
    } else if (tag == GUMBO_TAG_PRE) {
      page_.pre(1);
      at_ += char_at(at_) == '\n' ? 1 : 0;
    } else if (tag == GUMBO_TAG_UL) {
      lists_.push_back(0);
    } else if (tag == GUMBO_TAG_OL) {
      lists_.push_back(1);
    } else if (tag == GUMBO_TAG_LI) {
      const std::size_t depth = std::min(std::max<std::size_t>(lists_.size(), 1), depth_shown_max);
      std::string marker((depth - 1) * 2, ' ');
      const bool counts = !lists_.empty() && lists_.back() > 0;
      marker += counts ? std::to_string(lists_.back()++) + ". " : "- ";
      page_.item(std::move(marker));
    } else if (tag == GUMBO_TAG_IMG && start.has_alt && !(hides_ && is_hidden(start))) {
      text(start.alt);
    }
  }

  void end(GumboTag tag) {
    if (depth_hidden_ > 0) {
      depth_hidden_ -= tag == hidden_ ? 1 : 0;
      return;
    }
    if (tag == GUMBO_TAG_BLOCKQUOTE) {
      page_.quote(-1);
    } else if (tag == GUMBO_TAG_PRE) {
      page_.pre(-1);
    } else if ((tag == GUMBO_TAG_UL || tag == GUMBO_TAG_OL) && !lists_.empty()) {
      lists_.pop_back();
    } else if (tag == GUMBO_TAG_LI) {
      page_.item({});
    }
    around(tag);
  }

  /// A list inside a list stands without empty lines.
  void around(GumboTag tag) {
    if (is_one_of(tag, paragraphs)) {
      const bool inner = (tag == GUMBO_TAG_UL || tag == GUMBO_TAG_OL) && !lists_.empty();
      page_.part(inner ? 1 : 2);
    } else if (is_one_of(tag, blocks)) {
      page_.part(1);
    }
  }

  std::string_view html_;
  std::size_t at_ = 0;
  bool hides_ = true;
  GumboTag hidden_ = GUMBO_TAG_UNKNOWN;
  std::size_t depth_hidden_ = 0;
  Page page_;
  Entities entities_;
  std::vector<int> lists_;  // the next number; 0 in one without numbers
};

}  // namespace

bool is_html(std::string_view text) noexcept {
  std::bitset<GUMBO_TAG_LAST> begun;
  auto at = text.find('<');
  for (std::size_t seen = 0; at != std::string_view::npos && seen < looked_at_max;
       at = text.find('<', at + 1), ++seen) {
    const std::string_view rest = text.substr(at);
    if (begins_doctype(rest))
      return true;
    const auto tag = read_tag(rest);
    if (!tag)
      continue;
    if (is_one_of(tag->tag, alone))
      return true;
    if (!is_one_of(tag->tag, in_pairs))
      continue;
    if (tag->ends && begun[tag->tag])
      return true;
    if (!tag->ends)
      begun[tag->tag] = true;
  }
  return false;
}

std::string html_to_text(std::string_view html) {
  Reader reader(html);
  if (reader.run(true))
    return std::move(reader).take();
  Reader whole(html);
  whole.run(false);
  return std::move(whole).take();
}

std::string shown_text(std::string_view text) {
  return is_html(text) ? html_to_text(text) : std::string(text);
}

std::string shown_beginning(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  const auto tag = first == std::string_view::npos ? std::nullopt : read_tag(text.substr(first));
  const bool begins = tag && !tag->ends && is_one_of(tag->tag, in_pairs);
  if (!begins && !is_html(text))
    return std::string(text);
  const auto open = text.rfind('<');
  return html_to_text(text.substr(0, text.find('>', open) == std::string_view::npos ? open : text.size()));
}

}  // namespace salesflow
