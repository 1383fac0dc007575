// SHA-256 over rows, so that an interrupted import goes on with the same file only.
#pragma once

#include <openssl/evp.h>

#include <memory>
#include <string>
#include <string_view>

namespace salesflow::imports {

class RowDigest {
 public:
  RowDigest();
  /// One field; its length goes in as well, so that "ab","c" is not "a","bc".
  void add(std::string_view field);
  /// Of all fields so far.
  std::string hex() const;

 private:
  struct Free {
    void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
  };
  std::unique_ptr<EVP_MD_CTX, Free> context_;
};

}  // namespace salesflow::imports
