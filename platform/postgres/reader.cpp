#include "platform/postgres/reader.hpp"

namespace salesflow::postgres {
namespace {

constexpr std::size_t standard_bytes = 64 << 10;
constexpr std::size_t space_bytes_min = 16 << 10;
/// Kinds whose length nobody chooses are short.
constexpr std::size_t short_message_bytes_max = 30'000;

/// The thread's connections read one after the other, so they share one buffer: it stays in the processor's cache, and
/// a connection that holds no half message holds no memory.
thread_local std::unique_ptr<char[]> spare;

bool may_be_long(char kind) {
  return std::string_view("DTtENA").find(kind) != std::string_view::npos;
}

/// The text up to the next 0; false when there is none.
bool take_text(std::string_view& body, std::string_view& text) {
  const auto end = body.find('\0');
  if (end == std::string_view::npos)
    return false;
  text = body.substr(0, end);
  body.remove_prefix(end + 1);
  return true;
}

}  // namespace

Reader::Space Reader::space() {
  const std::size_t left = end_ - begin_;
  std::size_t wanted = standard_bytes;
  while (wanted - std::min(wanted, left) < space_bytes_min)
    wanted *= 2;
  if (wanted != capacity_) {
    move_to(wanted);
  } else if (begin_ > 0) {
    std::memmove(buffer_.get(), buffer_.get() + begin_, left);
    begin_ = 0;
    end_ = left;
  }
  return {buffer_.get() + end_, capacity_ - end_};
}

void Reader::move_to(std::size_t capacity) {
  const std::size_t left = end_ - begin_;
  auto larger = capacity == standard_bytes && spare ? std::move(spare) : std::unique_ptr<char[]>(new char[capacity]);
  if (left > 0)
    std::memcpy(larger.get(), buffer_.get() + begin_, left);
  release();
  buffer_ = std::move(larger);
  capacity_ = capacity;
  end_ = left;
}

void Reader::release() {
  if (capacity_ == standard_bytes && !spare)
    spare = std::move(buffer_);
  buffer_.reset();
  capacity_ = begin_ = end_ = 0;
}

void Reader::received(std::size_t bytes) {
  end_ += bytes;
  if (begin_ == end_)
    release();
}

Reader::Event Reader::next() {
  if (!problem_.empty())
    return Event::broken;
  while (end_ - begin_ >= message_head_bytes) {
    const char* const head = buffer_.get() + begin_;
    const std::size_t length = load<std::uint32_t>(head + 1);
    if (length < 4 || length > (may_be_long(*head) ? message_bytes_max : short_message_bytes_max))
      return break_off("a length of " + std::to_string(length));
    if (end_ - begin_ <= length)
      return Event::need_more;
    if (*head == 'D') {
      if (take_rows() == Event::broken)
        return Event::broken;
      continue;
    }
    begin_ += 1 + length;
    const Event event = take(*head, {head + message_head_bytes, length - 4});
    if (event != Event::need_more)
      return event;
  }
  if (begin_ == end_)
    release();
  return Event::need_more;
}

Reader::Event Reader::break_off(std::string problem) {
  problem_ = "the server sent what cannot be read: " + std::move(problem);
  result_.reset();
  return Event::broken;
}

ResultSet& Reader::building() {
  if (!result_ || is_complete_) {
    result_ = std::make_shared<ResultSet>();
    is_complete_ = is_full_ = false;
  }
  if (columns_)
    result_->describe(std::move(columns_));
  return *result_;
}

/// All whole DataRow messages that follow one another, at once.
Reader::Event Reader::take_rows() {
  const char* const first = buffer_.get() + begin_;
  const char* const last = buffer_.get() + end_;
  const char* at = first;
  std::size_t count = 0;
  while (static_cast<std::size_t>(last - at) >= message_head_bytes && *at == 'D') {
    const std::size_t length = load<std::uint32_t>(at + 1);
    if (length < 4 || static_cast<std::size_t>(last - at) <= length)
      break;  // next() looks at it
    at += 1 + length;
    ++count;
  }
  const auto bytes = static_cast<std::size_t>(at - first);
  ResultSet& rows = building();
  if (is_full_) {
    begin_ += bytes;
    return Event::need_more;
  }
  is_full_ = rows.size_bytes() > row_bytes_max_;
  if (rows.size_bytes() + bytes > message_bytes_max)
    return break_off("a result of more than " + std::to_string(message_bytes_max) + " bytes");
  if (!rows.append_rows({first, bytes}, count))
    return break_off("a row that does not fit its lengths");
  begin_ += bytes;
  return Event::need_more;
}

Reader::Event Reader::take(char kind, std::string_view body) {
  switch (kind) {
    case '1':  // ParseComplete
    case '2':  // BindComplete
    case '3':  // CloseComplete
      return body.empty() ? Event::need_more : break_off("an acknowledgement with content");
    case 't':  // ParameterDescription: the types are those of Parse
      return Event::need_more;
    case 'T':
      return take_description(body);
    case 'n':  // NoData
      columns_.reset();
      return body.empty() ? Event::described : break_off("NoData with content");
    case 'C':
      return take_tag(body);
    case 'I':  // EmptyQueryResponse
      return body.empty() ? take_tag(std::string_view("", 1)) : break_off("EmptyQueryResponse with content");
    case 'E':
    case 'N':
      if (!ServerError::is_well_formed(body))
        return break_off("an error whose fields do not end");
      error_ = ServerError(body);
      if (kind == 'N')
        return Event::notice;
      result_.reset();
      columns_.reset();
      return Event::error;
    case 'A':
      return take_notification(body);
    case 'S': {  // ParameterStatus
      std::string_view name, value;
      return take_text(body, name) && take_text(body, value) && body.empty() ? Event::need_more
                                                                             : break_off("a setting without end");
    }
    case 'G':  // CopyInResponse
      return Event::copy_in;
    case 'Z':
      if (body != "I" && body != "T" && body != "E")
        return break_off("ReadyForQuery without a state");
      transaction_status_ = body[0];
      return Event::ready;
    default:
      return break_off("a message of kind " + std::to_string(static_cast<unsigned char>(kind)));
  }
}

Reader::Event Reader::take_description(std::string_view body) {
  constexpr std::size_t fixed_bytes = 18;  // table, attribute, type, size, modifier, format
  if (body.size() < 2)
    return break_off("a description without a number of columns");
  const int count = load<std::int16_t>(body.data());
  body.remove_prefix(2);
  auto columns = std::make_shared<Columns>();
  for (int i = 0; i < count; ++i) {
    std::string_view name;
    if (!take_text(body, name) || body.size() < fixed_bytes)
      return break_off("a description that is cut off");
    columns->push_back({std::string(name), load<Oid>(body.data() + 6)});
    body.remove_prefix(fixed_bytes);
  }
  if (!body.empty() || count < 0)
    return break_off("a description with more than its columns");
  columns_ = std::move(columns);
  return Event::described;
}

Reader::Event Reader::take_notification(std::string_view body) {
  if (body.size() < 4)
    return break_off("a notification without a sender");
  body.remove_prefix(4);
  if (!take_text(body, channel_) || !take_text(body, payload_) || !body.empty())
    return break_off("a notification without end");
  return Event::notification;
}

Reader::Event Reader::take_tag(std::string_view body) {
  std::string_view tag;
  if (!take_text(body, tag) || !body.empty())
    return break_off("a command's tag without end");
  building().set_tag(tag);
  is_complete_ = true;
  return Event::result;
}

}  // namespace salesflow::postgres
