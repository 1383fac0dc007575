#include "features/imports/json_elements.hpp"

namespace salesflow::imports {
namespace {

bool is_space(char c) {
  return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

}  // namespace

Error JsonElements::broken(std::string_view what) const {
  return fail(Errc::malformed, "row " + std::to_string(rows_ + 1) + " " + std::string(what), "body");
}

void JsonElements::complete() {
  ++rows_;
  ready_.push_back(std::move(current_));
  current_.clear();
}

bool JsonElements::next(std::string& row) {
  if (ready_.empty())
    return false;
  row = std::move(ready_.front());
  ready_.pop_front();
  return true;
}

Result<void> JsonElements::feed(std::string_view piece) {
  if (form_ == Form::lines) {
    while (!piece.empty()) {
      const auto end = piece.find('\n');
      current_.append(piece.substr(0, end));
      if (current_.size() > row_bytes_max_)
        return broken("is longer than " + std::to_string(row_bytes_max_) + " bytes");
      if (end == std::string_view::npos)
        return {};
      if (current_.find_first_not_of(" \t\r") == std::string::npos)
        current_.clear();
      else
        complete();
      piece.remove_prefix(end + 1);
    }
    return {};
  }
  for (const char c : piece) {
    if (auto stepped = step(c); !stepped)
      return stepped;
  }
  return {};
}

bool JsonElements::follow(char c, bool& took) {
  took = true;
  if (in_string_) {
    if (escaped_)
      escaped_ = false;
    else if (c == '\\')
      escaped_ = true;
    else if (c == '"')
      in_string_ = false;
    return !in_string_ && depth_ == 0;
  }
  if (is_scalar_) {
    took = false;
    return is_space(c) || c == ',' || c == ']' || c == '}';
  }
  if (c == '"')
    in_string_ = true;
  else if (c == '{' || c == '[')
    ++depth_;
  else if (c == '}' || c == ']')
    return --depth_ == 0;
  return false;
}

/// Sets the follower up for the value that starts with `c`.
Result<void> JsonElements::start_element(char c) {
  if (c == ',' || c == ':' || c == ']' || c == '}')
    return broken("is not valid JSON");
  depth_ = c == '{' || c == '[' ? 1 : 0;
  in_string_ = c == '"';
  escaped_ = false;
  is_scalar_ = depth_ == 0 && !in_string_;
  return {};
}

Result<void> JsonElements::step(char c) {
  switch (state_) {
    case State::start:
      if (is_space(c) || c == '\xEF' || c == '\xBB' || c == '\xBF')  // a byte order mark
        return {};
      if (c != '[' && c != '{')
        return fail(Errc::invalid_argument, "The body must be an array of leads, or an object with leads", "body");
      is_object_ = c == '{';
      state_ = is_object_ ? State::member : State::elements;
      return {};
    case State::member:
      if (is_space(c))
        return {};
      if (c == ',' && needs_comma_) {
        needs_comma_ = false;
        comma_ = true;
      } else if (c == '}' && !comma_) {
        state_ = State::end;
      } else if (c == '"' && !needs_comma_) {
        key_.clear();
        state_ = State::key;
      } else {
        return fail(Errc::malformed, "The body is not valid JSON", "body");
      }
      return {};
    case State::key:
      if (c == '"') {
        state_ = State::colon;
      } else {
        key_ += c;
        if (key_.size() > 1'000)
          return fail(Errc::malformed, "A member's name is longer than 1000 bytes", "body");
      }
      return {};
    case State::colon:
      if (is_space(c))
        return {};
      if (c != ':')
        return fail(Errc::malformed, "The body is not valid JSON", "body");
      state_ = State::value;
      return {};
    case State::value:
      if (is_space(c))
        return {};
      needs_comma_ = true;
      comma_ = false;
      if (key_ == "leads") {
        if (c != '[' || found_leads_)
          return fail(Errc::invalid_argument, "leads must be one array", "leads");
        found_leads_ = true;
        needs_comma_ = false;
        state_ = State::elements;
        return {};
      }
      state_ = State::skipped;
      return start_element(c);
    case State::skipped: {
      bool took = false;
      if (!follow(c, took))
        return {};
      state_ = State::member;
      return took ? Result<void>() : step(c);
    }
    case State::elements:
      if (is_space(c))
        return {};
      if (c == ']' && !comma_) {
        state_ = is_object_ ? State::member : State::end;
        needs_comma_ = true;
        return {};
      }
      if (c == ',' && needs_comma_) {
        needs_comma_ = false;
        comma_ = true;
        return {};
      }
      if (needs_comma_)
        return broken("does not follow a comma");
      current_ = c;
      state_ = State::element;
      return start_element(c);
    case State::element: {
      bool took = false;
      const bool ended = follow(c, took);
      if (!ended || took)
        current_ += c;
      if (current_.size() > row_bytes_max_)
        return broken("is longer than " + std::to_string(row_bytes_max_) + " bytes; is a quote or bracket left open?");
      if (!ended)
        return {};
      complete();
      state_ = State::elements;
      needs_comma_ = true;
      comma_ = false;
      return took ? Result<void>() : step(c);
    }
    case State::end:
      if (is_space(c))
        return {};
      return fail(Errc::malformed, "Something stands behind the end of the JSON", "body");
  }
  return {};
}

Result<void> JsonElements::finish() {
  if (form_ == Form::lines) {
    if (current_.find_first_not_of(" \t\r") != std::string::npos)
      complete();
    return {};
  }
  if (state_ == State::start)
    return fail(Errc::malformed, "The body is empty; JSON was expected", "body");
  if (state_ != State::end)
    return broken("is cut off: the JSON ends in the middle");
  if (is_object_ && !found_leads_)
    return fail(Errc::invalid_argument, "leads is required", "leads");
  return {};
}

}  // namespace salesflow::imports
