// Reply: what a server answered to one command, as a tree of values in two blocks of memory.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace salesflow::redis {

enum class Type : std::uint8_t { nil, integer, status, bulk, array, error };

/// A value inside a Reply, which must outlive it.
class Value {
 public:
  Type type() const { return node().type; }
  bool is_nil() const { return type() == Type::nil; }
  bool is_error() const { return type() == Type::error; }
  /// Of an integer; 0 of all else.
  std::int64_t integer() const { return node().integer; }
  /// Of a bulk, a status or an error; empty of all else. Binary-safe.
  std::string_view text() const { return std::string_view(*bytes_).substr(node().offset, node().length); }
  /// Elements of an array; 0 of all else.
  std::size_t size() const { return node().elements; }
  /// index < size(). Cost: one step for an array of plain values, else one a neighbour.
  Value operator[](std::size_t index) const;

  struct Node {
    Type type = Type::nil;
    std::uint32_t elements = 0;
    std::uint32_t next = 0;  // behind the value and all inside it
    std::int64_t integer = 0;
    std::size_t offset = 0, length = 0;
  };

 private:
  friend class Reply;
  Value(const std::vector<Node>& nodes, const std::string& bytes, std::size_t index)
      : nodes_(&nodes), bytes_(&bytes), index_(index) {}
  const Node& node() const { return (*nodes_)[index_]; }

  const std::vector<Node>* nodes_;
  const std::string* bytes_;
  std::size_t index_;
};

/// Owns its bytes; the views it gives end with it.
class Reply {
 public:
  Reply() : nodes_(1) {}
  /// `nodes` in preorder, at least one; their `next` is found here.
  Reply(std::vector<Value::Node> nodes, std::string bytes);

  Value value() const { return {nodes_, bytes_, 0}; }
  Type type() const { return nodes_.front().type; }
  bool is_nil() const { return type() == Type::nil; }
  bool is_error() const { return type() == Type::error; }
  std::int64_t integer() const { return nodes_.front().integer; }
  std::string_view text() const { return value().text(); }
  std::size_t size() const { return nodes_.front().elements; }
  Value operator[](std::size_t index) const { return value()[index]; }

 private:
  std::vector<Value::Node> nodes_;
  std::string bytes_;
};

/// Redis' own notation for people and tests: (nil), 1, OK, "bulk", ["a", (nil)], (error) ERR what.
std::string to_string(const Value& value);

}  // namespace salesflow::redis
