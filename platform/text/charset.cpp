#include "platform/text/charset.hpp"

#include <unicode/ucnv.h>
#include <unicode/utf16.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <cstdint>

namespace salesflow {
namespace {

constexpr std::size_t zip_head_bytes = 4 << 10;  // the names of an archive's first entries
constexpr std::size_t mark_bytes = 8;            // of the longest signature
constexpr std::size_t page_bytes = 64;           // of a page's beginning
constexpr char no_text = '\xFF';
constexpr std::string_view utf16_le = "\xFF\xFE";
constexpr std::string_view utf16_be = "\xFE\xFF";

struct Close {
  void operator()(UConverter* converter) const { ucnv_close(converter); }
};
using Converter = std::unique_ptr<UConverter, Close>;

/// Null for a charset that is not known.
Converter open_converter(const std::string& charset) {
  // ICU reads options behind a comma, and "" as the machine's own charset.
  const bool is_name = !charset.empty() && std::all_of(charset.begin(), charset.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-_.:+").find(c) != std::string_view::npos;
  });
  UErrorCode status = U_ZERO_ERROR;
  Converter converter(is_name ? ucnv_open(charset.c_str(), &status) : nullptr);
  if (!converter || U_FAILURE(status))
    return nullptr;
  ucnv_setToUCallBack(converter.get(), UCNV_TO_U_CALLBACK_STOP, nullptr, nullptr, nullptr, &status);
  return U_SUCCESS(status) ? std::move(converter) : nullptr;
}

std::string name_of(const UConverter& converter) {
  UErrorCode status = U_ZERO_ERROR;
  const char* const name = ucnv_getName(&converter, &status);
  return U_SUCCESS(status) && name ? name : "";
}

std::string lower_start(std::string_view head) {
  std::string text;
  for (const char c : head.substr(0, page_bytes)) {
    if (!text.empty() || std::string_view(" \t\r\n\xEF\xBB\xBF").find(c) == std::string_view::npos)
      text += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  }
  return text;
}

std::string_view kind_of_archive(std::string_view head) {
  const auto holds = [&](std::string_view name) { return head.find(name) != std::string_view::npos; };
  if (holds("opendocument.spreadsheet"))
    return "an OpenDocument workbook (ODS)";
  if (holds("opendocument."))
    return "an OpenDocument file";
  if (holds("word/"))
    return "a Word document (DOCX)";
  if (holds("ppt/"))
    return "a PowerPoint presentation (PPTX)";
  if (holds("[Content_Types].xml") || holds("xl/"))
    return "an Excel workbook (XLSX)";
  return holds(".iwa") ? "a Numbers workbook" : "a ZIP archive";
}

}  // namespace

bool is_known_charset(std::string_view charset) {
  return open_converter(std::string(charset)) != nullptr;
}

std::string_view kind_of_file(std::string_view head) {
  struct Signature {
    std::string_view bytes, kind;
  };
  constexpr Signature signatures[] = {
      {"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", "an Excel workbook (XLS)"},
      {"%PDF-", "a PDF document"},
      {"\x1F\x8B", "a gzip archive"},
      {"7z\xBC\xAF\x27\x1C", "a 7-Zip archive"},
      {"Rar!\x1A\x07", "a RAR archive"},
      {"\x89PNG\r\n", "a PNG picture"},
      {"\xFF\xD8\xFF", "a JPEG picture"},
      {"{\\rtf", "an RTF document"},
  };
  if (head.starts_with("PK\x03\x04") || head.starts_with("PK\x05\x06"))
    return kind_of_archive(head.substr(0, zip_head_bytes));
  for (const Signature& signature : signatures) {
    if (head.starts_with(signature.bytes))
      return signature.kind;
  }
  const std::string start = lower_start(head);
  if (start.starts_with("<!doctype html") || start.starts_with("<html"))
    return "an HTML page";
  return start.starts_with("<?xml") ? "an XML file" : "";
}

class FileText::Impl {
 public:
  explicit Impl(std::string charset) : charset_(std::move(charset)) {}

  Result<void> feed(std::string_view piece, std::string& out, bool is_end) {
    if (started_)
      return decode(piece, out, is_end);
    head_ += piece;
    if (!is_end && head_.size() < wanted_bytes())
      return {};
    std::string head;
    head.swap(head_);
    if (auto begun = start(head); !begun)
      return begun;
    return decode(std::string_view(head).substr(mark_size_), out, is_end);
  }
  bool is_utf16() const { return is_utf16_; }

 private:
  /// How much of the file tells what it is.
  std::size_t wanted_bytes() const {
    if (head_.starts_with("PK"))
      return zip_head_bytes;
    return head_.empty() || std::string_view("<\xEF \t\r\n").find(head_.front()) == std::string_view::npos ? mark_bytes
                                                                                                           : page_bytes;
  }
  Result<void> start(std::string_view head) {
    if (const auto kind = kind_of_file(head); !kind.empty()) {
      return fail(Errc::invalid_argument,
                  "The file is " + std::string(kind) + "; save it as CSV (comma or semicolon separated) and send that",
                  "file");
    }
    std::string charset = charset_;
    if (!charset.empty()) {
      converter_ = open_converter(charset);
      if (!converter_)
        return fail(Errc::invalid_argument, "The charset \"" + charset_ + "\" is not known", "charset");
      charset = name_of(*converter_);
    }
    if (head.starts_with("\xEF\xBB\xBF")) {
      charset = "UTF-8";  // its mark goes on with the text
    } else if (head.starts_with(std::string_view("\xFF\xFE\0\0", 4))) {
      charset = "UTF-32LE";
      mark_size_ = 4;
    } else if (head.starts_with(std::string_view("\0\0\xFE\xFF", 4))) {
      charset = "UTF-32BE";
      mark_size_ = 4;
    } else if (head.starts_with(utf16_le) || head.starts_with(utf16_be)) {
      charset = head.starts_with(utf16_le) ? "UTF-16LE" : "UTF-16BE";
      mark_size_ = 2;
      is_utf16_ = true;
    } else if (charset == "UTF-16") {
      // Without a mark the first character, which is of a header, tells.
      charset = head.size() > 1 && head[0] == '\0' ? "UTF-16BE" : "UTF-16LE";
    } else if (charset == "ISO-8859-1" || charset == "US-ASCII") {
      charset = "windows-1252";
    }
    if (charset.empty() || charset == "UTF-8")
      converter_.reset();
    else
      converter_ = open_converter(charset);
    started_ = true;
    return {};
  }

  Result<void> decode(std::string_view piece, std::string& out, bool is_end) {
    if (!converter_) {
      out += piece;
      return {};
    }
    const char* at = piece.data();
    const char* const end = at + piece.size();
    while (true) {
      UChar units[2048];
      UChar* unit = units;
      UErrorCode status = U_ZERO_ERROR;
      ucnv_toUnicode(converter_.get(), &unit, units + std::size(units), &at, end, nullptr, is_end, &status);
      append(units, unit - units, out);
      if (status == U_BUFFER_OVERFLOW_ERROR)
        continue;
      if (U_SUCCESS(status))
        return {};
      out += no_text;
      // The bad bytes are taken; what a broken end left in the converter would come again.
      if (at == end && is_end) {
        ucnv_resetToUnicode(converter_.get());
        return {};
      }
    }
  }

  /// Whole characters, and halves of a pair that meet the next piece.
  void append(const UChar* units, std::ptrdiff_t count, std::string& out) {
    for (std::ptrdiff_t i = 0; i < count; ++i) {
      UChar32 c = units[i];
      if (U16_IS_LEAD(c)) {
        lead_ = units[i];
        continue;
      }
      if (U16_IS_TRAIL(c) && lead_ != 0)
        c = U16_GET_SUPPLEMENTARY(lead_, units[i]);
      lead_ = 0;
      char bytes[U8_MAX_LENGTH];
      std::int32_t size = 0;
      U8_APPEND_UNSAFE(bytes, size, c);
      out.append(bytes, static_cast<std::size_t>(size));
    }
  }

  std::string charset_, head_;
  std::size_t mark_size_ = 0;
  bool started_ = false, is_utf16_ = false;
  Converter converter_;  // null: UTF-8
  UChar lead_ = 0;
};

FileText::FileText(std::string charset) : impl_(std::make_unique<Impl>(std::move(charset))) {}
FileText::~FileText() = default;
Result<void> FileText::feed(std::string_view piece, std::string& out) {
  return impl_->feed(piece, out, false);
}
Result<void> FileText::finish(std::string& out) {
  return impl_->feed({}, out, true);
}
bool FileText::is_utf16() const {
  return impl_->is_utf16();
}

}  // namespace salesflow
