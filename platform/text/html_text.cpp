#include "platform/text/html_text.hpp"

#include <gumbo.h>

#include <algorithm>
#include <bitset>
#include <csetjmp>
#include <cstddef>
#include <cstdlib>
#include <new>
#include <optional>
#include <utility>
#include <vector>

namespace salesflow {
namespace {

constexpr std::size_t looked_at_max = 1'000;  // "<" that may be tags
constexpr std::size_t tag_bytes_max = 1'024;  // of one that says that a text is HTML
constexpr std::size_t tags_max = 5'000;  // gumbo walks its open elements for each tag: 25 ms for 5,000 in each other
constexpr std::size_t html_bytes_max = 1 << 20;
constexpr std::size_t depth_shown_max = 8;  // of quotes and lists

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
constexpr GumboTag hidden[] = {GUMBO_TAG_HEAD,  GUMBO_TAG_STYLE,    GUMBO_TAG_SCRIPT, GUMBO_TAG_TITLE,
                               GUMBO_TAG_META,  GUMBO_TAG_TEMPLATE, GUMBO_TAG_OBJECT, GUMBO_TAG_IFRAME,
                               GUMBO_TAG_AUDIO, GUMBO_TAG_VIDEO,    GUMBO_TAG_SVG};

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

/// Memory of one parse. gumbo asks for it through C, where nothing can be thrown: beyond the limit it jumps out of the
/// parser, whose memory all stands here. So nothing is freed piece by piece either, which gumbo does by recursion.
class Arena {
 public:
  explicit Arena(std::size_t bytes_max) : left_(bytes_max) {}
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;
  ~Arena() {
    while (chunks_)
      std::free(std::exchange(chunks_, chunks_->next));
  }
  std::jmp_buf full;

  static void* allocate(void* self, std::size_t bytes) { return static_cast<Arena*>(self)->take(bytes); }
  static void release(void*, void*) {}

 private:
  struct alignas(std::max_align_t) Chunk {
    Chunk* next = nullptr;
  };
  static constexpr std::size_t chunk_bytes = 64 << 10;

  void* take(std::size_t bytes) {
    constexpr std::size_t unit = alignof(std::max_align_t);
    bytes = (std::max<std::size_t>(bytes, 1) + unit - 1) / unit * unit;
    if (bytes > left_)
      std::longjmp(full, 1);
    left_ -= bytes;
    if (bytes > free_) {
      const std::size_t size = std::max(bytes, chunk_bytes);
      void* const memory = std::malloc(sizeof(Chunk) + size);
      if (!memory)
        std::longjmp(full, 1);
      chunks_ = new (memory) Chunk{chunks_};
      at_ = static_cast<char*>(memory) + sizeof(Chunk);
      free_ = size;
    }
    free_ -= bytes;
    return std::exchange(at_, at_ + bytes);
  }

  Chunk* chunks_ = nullptr;
  char* at_ = nullptr;
  std::size_t free_ = 0, left_;
};

/// Null when the arena is too small. No object of C++ lives between the jump and its target.
const GumboOutput* parse(Arena& arena, const char* html, std::size_t bytes) {
  GumboOptions options = kGumboDefaultOptions;
  options.allocator = Arena::allocate;
  options.deallocator = Arena::release;
  options.userdata = &arena;
  options.max_errors = 0;
  if (setjmp(arena.full) != 0)  // NOLINT(cert-err52-cpp)
    return nullptr;
  return gumbo_parse_with_options(&options, html, bytes);
}

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
  void quote(int by) { quotes_ += by; }
  void pre(int by) { pre_ += by; }
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

/// Walks the tree without recursion.
class Walk {
 public:
  std::string run(const GumboNode* root) && {
    enter(root);
    while (!open_.empty()) {
      Open& top = open_.back();
      const GumboVector& children = top.element->v.element.children;
      if (top.next < children.length) {
        enter(static_cast<const GumboNode*>(children.data[top.next++]));
      } else {
        leave(top.element->v.element.tag);
        open_.pop_back();
      }
    }
    return std::move(page_).take();
  }

 private:
  struct Open {
    const GumboNode* element;
    unsigned next = 0;
  };

  static const char* attribute(const GumboNode* node, const char* name) {
    const GumboAttribute* const found = gumbo_get_attribute(&node->v.element.attributes, name);
    return found ? found->value : nullptr;
  }

  static bool is_hidden(const GumboNode* node) {
    if (is_one_of(node->v.element.tag, hidden) || attribute(node, "hidden"))
      return true;
    const char* style = attribute(node, "style");
    if (!style)
      return false;
    std::string plain;
    for (; *style; ++style) {
      if (!is_space(*style))
        plain += *style >= 'A' && *style <= 'Z' ? static_cast<char>(*style + 32) : *style;
    }
    return plain.find("display:none") != std::string::npos;
  }

  void enter(const GumboNode* node) {
    switch (node->type) {
      case GUMBO_NODE_TEXT:
      case GUMBO_NODE_WHITESPACE:
      case GUMBO_NODE_CDATA:
        page_.text(node->v.text.text);
        break;
      case GUMBO_NODE_ELEMENT:
        if (!is_hidden(node)) {
          begin(node);
          open_.push_back({node});
        }
        break;
      default:
        break;
    }
  }

  void begin(const GumboNode* node) {
    const GumboTag tag = node->v.element.tag;
    around(tag);
    if (tag == GUMBO_TAG_BR) {
      page_.line();
    } else if (tag == GUMBO_TAG_TD || tag == GUMBO_TAG_TH) {
      page_.cell();
    } else if (tag == GUMBO_TAG_BLOCKQUOTE) {
      page_.quote(1);
    } else if (tag == GUMBO_TAG_PRE || tag == GUMBO_TAG_TEXTAREA) {
      page_.pre(1);
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
    } else if (tag == GUMBO_TAG_IMG) {
      if (const char* const alt = attribute(node, "alt"))
        page_.text(alt);
    }
  }

  void leave(GumboTag tag) {
    if (tag == GUMBO_TAG_BLOCKQUOTE) {
      page_.quote(-1);
    } else if (tag == GUMBO_TAG_PRE || tag == GUMBO_TAG_TEXTAREA) {
      page_.pre(-1);
    } else if (tag == GUMBO_TAG_UL || tag == GUMBO_TAG_OL) {
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

  Page page_;
  std::vector<Open> open_;
  std::vector<int> lists_;  // the next number; 0 in one without numbers
};

/// What html_to_text does without understanding: what stands between '<' + letter, '/' or '!' and '>' goes.
std::string cut_tags(std::string_view html) {
  std::string out;
  out.reserve(html.size());
  bool ends = true;  // no "<" without ">" was met yet
  for (std::size_t at = 0; at < html.size(); ++at) {
    if (ends && html[at] == '<' && at + 1 < html.size() &&
        (is_letter(html[at + 1]) || html[at + 1] == '/' || html[at + 1] == '!')) {
      const auto end = html.find('>', at);
      ends = end != std::string_view::npos;
      if (ends) {
        at = end;
        if (!out.empty() && !is_space(out.back()))
          out += ' ';
        continue;
      }
    }
    out += html[at];
  }
  return out;
}

std::size_t count_tags(std::string_view html) {
  std::size_t tags = 0;
  for (auto at = html.find('<'); at != std::string_view::npos; at = html.find('<', at + 1))
    tags += at + 1 < html.size() && is_letter(html[at + 1]) ? 1 : 0;
  return tags;
}

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
  if (html.size() > html_bytes_max || count_tags(html) > tags_max)
    return cut_tags(html);
  Arena arena((1 << 20) + 64 * html.size());
  const GumboOutput* const output = parse(arena, html.data(), html.size());
  return output ? Walk().run(output->root) : cut_tags(html);
}

std::string shown_text(std::string_view text) {
  return is_html(text) ? html_to_text(text) : std::string(text);
}

}  // namespace salesflow
