// A request's file and its options, however they come: a raw body, or a form with a file.
#pragma once

#include "features/imports/byte_source.hpp"
#include "features/imports/model.hpp"
#include "platform/http/toolkit/multipart.hpp"
#include "platform/http/toolkit/request.hpp"

namespace salesflow::imports {

/// Options of a raw body: ?map=email=E-Mail&map=…&set=status=new&duplicates=update&dry_run=true. The charset may stand
/// in the Content-Type of text as well.
struct ImportQuery {
  std::vector<std::string> map, set;
  Duplicates duplicates = Duplicates::skip;
  bool dry_run = false;
  bool header = true;
  bool strict = false;
  std::string delimiter, charset;
  std::optional<Text<0, 200>> file_name;
  std::optional<Uuid> job_id;
};
BOOST_DESCRIBE_STRUCT(ImportQuery, (),
                      (map, set, duplicates, dry_run, header, strict, delimiter, charset, file_name, job_id))

/// A file on its way in. Fields of a form are read as far as the file.
struct Upload {
  ImportOptions options;
  std::optional<std::string> file_name;
  std::optional<Uuid> job_id;
  std::unique_ptr<http::MultipartReader> form;  // null for a raw body
  std::unique_ptr<ByteSource> source;
  bool is_form() const { return form != nullptr; }
};

/// A form whose file stands in front of its other fields is kept in memory up to this size.
inline constexpr std::size_t form_file_bytes_max = 16 << 20;

/// Errors: unsupported_media_type for other types than text/csv, application/json, application/x-ndjson and
/// multipart/form-data, and for a Content-Type of a charset that is not known; invalid_argument naming the option;
/// malformed for a broken form; payload_too_large for a form whose large file stands in front of its mapping.
Task<Result<std::unique_ptr<Upload>>> open_upload(http::Request& request);

/// Reads from memory.
std::unique_ptr<ByteSource> memory_source(std::string bytes);

}  // namespace salesflow::imports
