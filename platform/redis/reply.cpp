#include "platform/redis/reply.hpp"

namespace salesflow::redis {

Reply::Reply(std::vector<Value::Node> nodes, std::string bytes) : nodes_(std::move(nodes)), bytes_(std::move(bytes)) {
  // From the back: what is inside a value stands behind it, so its end is known already.
  for (std::size_t i = nodes_.size(); i-- > 0;) {
    auto next = static_cast<std::uint32_t>(i + 1);
    for (std::uint32_t element = 0; element < nodes_[i].elements; ++element)
      next = nodes_[next].next;
    nodes_[i].next = next;
  }
}

Value Value::operator[](std::size_t index) const {
  std::size_t at = index_ + 1;
  if (node().next == at + node().elements)
    return {*nodes_, *bytes_, at + index};
  for (std::size_t i = 0; i < index; ++i)
    at = (*nodes_)[at].next;
  return {*nodes_, *bytes_, at};
}

std::string to_string(const Value& value) {
  switch (value.type()) {
    case Type::nil:
      return "(nil)";
    case Type::integer:
      return std::to_string(value.integer());
    case Type::status:
      return std::string(value.text());
    case Type::bulk:
      return "\"" + std::string(value.text()) + "\"";
    case Type::error:
      return "(error) " + std::string(value.text());
    case Type::array:
      break;
  }
  std::string text = "[";
  for (std::size_t i = 0; i < value.size(); ++i)
    text += (i > 0 ? ", " : "") + to_string(value[i]);
  return text + "]";
}

}  // namespace salesflow::redis
