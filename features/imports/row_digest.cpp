#include "features/imports/row_digest.hpp"

#include <stdexcept>

namespace salesflow::imports {
namespace {

void require(bool ok) {
  if (!ok)
    throw std::runtime_error("SHA-256 failed");
}

}  // namespace

RowDigest::RowDigest() : context_(EVP_MD_CTX_new()) {
  require(context_ && EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1);
}

void RowDigest::add(std::string_view field) {
  const auto size = static_cast<std::uint32_t>(field.size());
  require(EVP_DigestUpdate(context_.get(), &size, sizeof size) == 1);
  require(EVP_DigestUpdate(context_.get(), field.data(), field.size()) == 1);
}

std::string RowDigest::hex() const {
  const std::unique_ptr<EVP_MD_CTX, Free> copy(EVP_MD_CTX_new());
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  require(copy && EVP_MD_CTX_copy_ex(copy.get(), context_.get()) == 1);
  require(EVP_DigestFinal_ex(copy.get(), digest, &size) == 1);
  std::string text;
  for (unsigned int i = 0; i < size; ++i) {
    text += "0123456789abcdef"[digest[i] >> 4];
    text += "0123456789abcdef"[digest[i] & 15];
  }
  return text;
}

}  // namespace salesflow::imports
