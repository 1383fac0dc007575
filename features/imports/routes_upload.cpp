#include "features/imports/routes_upload.hpp"

#include "platform/http/toolkit/ascii.hpp"
#include "platform/http/toolkit/read_query.hpp"
#include "platform/json/read.hpp"
#include "platform/text/charset.hpp"

namespace salesflow::imports {
namespace {

constexpr std::size_t field_bytes_max = 256 << 10;

class BodySource final : public ByteSource {
 public:
  explicit BodySource(http::BodyReader& body) : body_(body) {}
  Task<Result<std::string>> next() override { return body_.next(); }

 private:
  http::BodyReader& body_;
};

class MemorySource final : public ByteSource {
 public:
  explicit MemorySource(std::string bytes) : bytes_(std::move(bytes)) {}
  Task<Result<std::string>> next() override { co_return std::exchange(bytes_, {}); }

 private:
  std::string bytes_;
};

class PartSource final : public ByteSource {
 public:
  explicit PartSource(http::MultipartReader& form) : form_(form) {}
  /// Past the file's end the rest of the form is read, so that the connection can be used again.
  Task<Result<std::string>> next() override {
    auto piece = co_await form_.next_piece();
    if (!piece || !piece->empty())
      co_return piece;
    while (true) {
      const auto part = co_await form_.next_part();
      if (!part)
        co_return part.error();
      if (!*part)
        co_return std::string();
    }
  }

 private:
  http::MultipartReader& form_;
};

/// "column=value" pairs.
Result<std::map<std::string, std::string>> read_pairs(const std::vector<std::string>& pairs, std::string_view field) {
  std::map<std::string, std::string> read;
  for (const std::string& pair : pairs) {
    const auto equals = pair.find('=');
    if (equals == std::string::npos || equals == 0)
      return fail(Errc::invalid_argument, "query." + std::string(field) + " must be column=value",
                  "query." + std::string(field));
    read[pair.substr(0, equals)] = pair.substr(equals + 1);
  }
  return read;
}

Result<std::string> read_delimiter(const std::string& text, std::string_view field) {
  if (text == "tab" || text == "\\t")
    return std::string("\t");
  if (text.size() > 1 || text == "\"" || text == "\n" || text == "\r")
    return fail(Errc::invalid_argument, std::string(field) + " must be one character, or tab", field);
  return text;
}

Result<std::string> read_charset(const std::string& text, std::string_view field) {
  if (!text.empty() && !is_known_charset(text))
    return fail(Errc::invalid_argument, std::string(field) + " must be the name of a charset such as windows-1252",
                field);
  return text;
}

/// What a type of text says of its charset, unless the options say it.
Result<void> read_type_charset(std::string_view content_type, ImportOptions& options) {
  auto charset = http::header_parameter(content_type, "charset").value_or("");
  if (!options.charset.empty() || charset.empty())
    return {};
  if (!is_known_charset(charset)) {
    return fail(Errc::unsupported_media_type,
                "The charset \"" + charset +
                    "\" is not known; windows-1252, ISO-8859-15, UTF-8 and UTF-16 are among those that are",
                "header.Content-Type");
  }
  options.charset = std::move(charset);
  return {};
}

std::optional<bool> read_flag(std::string_view text) {
  if (text == "true" || text == "1" || text == "on")
    return true;
  if (text == "false" || text == "0" || text == "off")
    return false;
  return std::nullopt;
}

Format format_of_name(std::string_view file_name) {
  if (file_name.ends_with(".json"))
    return Format::json;
  return file_name.ends_with(".ndjson") || file_name.ends_with(".jsonl") ? Format::ndjson : Format::csv;
}

/// {"email": "E-Mail"}, or the other way round as some clients send it.
Result<void> read_mapping(std::string_view text, ImportOptions& options) {
  const auto parsed = json::parse(text);
  if (!parsed || !parsed->is_object())
    return fail(Errc::invalid_argument, "mapping must be a JSON object", "mapping");
  for (const auto& [key, value] : parsed->get_object()) {
    if (value.is_null())
      continue;
    if (!value.is_string())
      return fail(Errc::invalid_argument, "mapping must hold texts", "mapping." + std::string(key));
    const std::string name(value.get_string());
    if (name.empty())
      continue;
    if (json::enum_value<LeadColumn>(key)) {
      options.mapping[std::string(key)] = name;
    } else if (json::enum_value<LeadColumn>(name)) {
      options.mapping[name] = std::string(key);
    } else {
      return fail(Errc::invalid_argument, "mapping names no column of a lead in \"" + std::string(key) + "\"",
                  "mapping." + std::string(key));
    }
  }
  return {};
}

Result<void> read_field(const std::string& name, const std::string& text, Upload& upload) {
  ImportOptions& options = upload.options;
  const auto flag = read_flag(text);
  const auto bad = [&](const char* what) { return fail(Errc::invalid_argument, name + " must be " + what, name); };
  if (name == "mapping")
    return read_mapping(text, options);
  if (name == "skip_duplicates") {
    if (!flag)
      return bad("true or false");
    options.duplicates = *flag ? Duplicates::skip : Duplicates::none;
  } else if (name == "duplicates") {
    const auto value = json::enum_value<Duplicates>(text);
    if (!value)
      return bad("one of skip, update, none");
    options.duplicates = *value;
  } else if (name == "dry_run" || name == "header" || name == "strict") {
    if (!flag)
      return bad("true or false");
    (name == "header" ? options.has_header : name == "strict" ? options.strict : options.dry_run) = *flag;
  } else if (name == "delimiter") {
    auto delimiter = read_delimiter(text, name);
    if (!delimiter)
      return delimiter.error();
    options.delimiter = *delimiter;
  } else if (name == "charset") {
    auto charset = read_charset(text, name);
    if (!charset)
      return charset.error();
    options.charset = *charset;
  } else if (name == "job_id") {
    upload.job_id = Uuid::parse(text);
    if (!upload.job_id)
      return bad("a UUID");
  }
  return {};
}

Task<Result<void>> read_form(Upload& upload) {
  bool has_mapping = false;
  std::string file_type;
  while (true) {
    auto part = co_await upload.form->next_part();
    if (!part)
      co_return part.error();
    if (!*part)
      break;
    const auto& found = **part;
    if (found.name != "file") {
      const auto text = co_await upload.form->read_all(found, field_bytes_max);
      if (!text)
        co_return text.error();
      if (auto read = read_field(found.name, *text, upload); !read)
        co_return read;
      has_mapping = has_mapping || found.name == "mapping";
      continue;
    }
    upload.file_name = found.file_name;
    upload.options.format = format_of_name(found.file_name.value_or(""));
    if (upload.options.format == Format::csv)
      file_type = found.content_type;
    if (has_mapping) {
      upload.source = std::make_unique<PartSource>(*upload.form);
      co_return read_type_charset(file_type, upload.options);
    }
    auto file = co_await upload.form->read_all(found, form_file_bytes_max);
    if (!file && file.error().code == Errc::payload_too_large) {
      co_return fail(Errc::payload_too_large,
                     "A file of more than " + std::to_string(form_file_bytes_max) +
                         " bytes must stand behind the form's mapping ({} when there is none), or come as text/csv",
                     "file");
    }
    if (!file)
      co_return file.error();
    upload.source = memory_source(std::move(*file));
  }
  if (!upload.source)
    co_return fail(Errc::invalid_argument, "file is required", "file");
  co_return read_type_charset(file_type, upload.options);
}

Result<void> read_options(const http::Request& request, Upload& upload) {
  auto query = http::read_query<ImportQuery>(request);
  if (!query)
    return query.error();
  auto mapping = read_pairs(query->map, "map"), constants = read_pairs(query->set, "set");
  if (!mapping)
    return mapping.error();
  if (!constants)
    return constants.error();
  auto delimiter = read_delimiter(query->delimiter, "query.delimiter");
  if (!delimiter)
    return delimiter.error();
  auto charset = read_charset(query->charset, "query.charset");
  if (!charset)
    return charset.error();
  upload.options.charset = std::move(*charset);
  upload.options.mapping = std::move(*mapping);
  upload.options.constants = std::move(*constants);
  upload.options.duplicates = query->duplicates;
  upload.options.dry_run = query->dry_run;
  upload.options.has_header = query->header;
  upload.options.strict = query->strict;
  upload.options.delimiter = std::move(*delimiter);
  upload.job_id = query->job_id;
  if (query->file_name)
    upload.file_name = query->file_name->value;
  return {};
}

}  // namespace

std::unique_ptr<ByteSource> memory_source(std::string bytes) {
  return std::make_unique<MemorySource>(std::move(bytes));
}

Task<Result<std::unique_ptr<Upload>>> open_upload(http::Request& request) {
  auto upload = std::make_unique<Upload>();
  if (auto read = read_options(request, *upload); !read)
    co_return read.error();
  const std::string_view content_type = request.header("Content-Type");
  const auto type = http::trim(content_type.substr(0, content_type.find(';')));
  const auto is = [&](std::string_view name) { return http::equal_without_case(type, name); };
  if (is("multipart/form-data")) {
    const auto boundary = http::multipart_boundary(content_type);
    if (boundary.empty())
      co_return fail(Errc::malformed, "multipart/form-data needs a boundary", "header.Content-Type");
    upload->form = std::make_unique<http::MultipartReader>(*request.body_reader, boundary);
    if (auto read = co_await read_form(*upload); !read)
      co_return read.error();
    co_return upload;
  }
  if (is("application/json"))
    upload->options.format = Format::json;
  else if (is("application/x-ndjson") || is("application/jsonl") || is("application/x-jsonlines"))
    upload->options.format = Format::ndjson;
  else if (!is("text/csv") && !is("text/tab-separated-values"))
    co_return fail(Errc::unsupported_media_type,
                   "The body must be text/csv, application/json, application/x-ndjson or multipart/form-data");
  // Of JSON no charset is defined (RFC 8259): it is UTF-8, whatever a client adds.
  if (upload->options.format == Format::csv) {
    if (auto read = read_type_charset(content_type, upload->options); !read)
      co_return read.error();
  }
  upload->source = std::make_unique<BodySource>(*request.body_reader);
  co_return upload;
}

}  // namespace salesflow::imports
