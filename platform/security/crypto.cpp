#include "platform/security/crypto.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <memory>
#include <stdexcept>

namespace salesflow::security {
namespace {

constexpr std::size_t nonce_bytes = 12, tag_bytes = 16;

using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes_of(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

void require(bool done, const char* what) {
  if (!done)
    throw std::runtime_error(std::string("OpenSSL: ") + what);
}

}  // namespace

Sha256 sha256(std::string_view bytes) {
  Sha256 digest;
  require(EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, EVP_sha256(), nullptr) == 1, "SHA-256");
  return digest;
}

Sha256 hmac_sha256(std::string_view key, std::string_view bytes) {
  Sha256 digest;
  unsigned length = 0;
  require(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes_of(bytes), bytes.size(), digest.data(),
               &length) != nullptr,
          "HMAC");
  return digest;
}

bool equal_constant_time(std::string_view left, std::string_view right) noexcept {
  return left.size() == right.size() && CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

std::string random_bytes(std::size_t count) {
  std::string bytes(count, '\0');
  require(RAND_bytes(bytes_of(bytes), static_cast<int>(count)) == 1, "no random bytes");
  return bytes;
}

std::string random_token() {
  return to_base64url(random_bytes(32));
}

std::string seal(std::string_view secret, std::string_view purpose, std::string_view plain) {
  const Sha256 key = hmac_sha256(secret, purpose);
  std::string sealed = random_bytes(nonce_bytes);
  sealed.resize(nonce_bytes + plain.size() + tag_bytes);
  CipherContext context(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  int length = 0;
  unsigned char* out = bytes_of(sealed) + nonce_bytes;
  require(context && EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, key.data(), bytes_of(sealed)) == 1 &&
              EVP_EncryptUpdate(context.get(), out, &length, bytes_of(plain), static_cast<int>(plain.size())) == 1 &&
              EVP_EncryptFinal_ex(context.get(), out + length, &length) == 1 &&
              EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, tag_bytes, out + plain.size()) == 1,
          "AES-256-GCM");
  return sealed;
}

std::optional<std::string> unseal(std::string_view secret, std::string_view purpose, std::string_view sealed) {
  if (sealed.size() < nonce_bytes + tag_bytes)
    return std::nullopt;
  const Sha256 key = hmac_sha256(secret, purpose);
  const std::string_view cipher = sealed.substr(nonce_bytes, sealed.size() - nonce_bytes - tag_bytes);
  std::string tag(sealed.substr(sealed.size() - tag_bytes));
  // One byte more than needed: OpenSSL must get a buffer even when the text is empty.
  std::string plain(cipher.size() + 1, '\0');
  CipherContext context(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  int length = 0;
  require(context && EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, key.data(), bytes_of(sealed)) == 1 &&
              EVP_DecryptUpdate(context.get(), bytes_of(plain), &length, bytes_of(cipher),
                                static_cast<int>(cipher.size())) == 1 &&
              EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, tag_bytes, tag.data()) == 1,
          "AES-256-GCM");
  if (EVP_DecryptFinal_ex(context.get(), bytes_of(plain) + length, &length) != 1)
    return std::nullopt;
  plain.resize(cipher.size());
  return plain;
}

void wipe(std::string& secret) noexcept {
  OPENSSL_cleanse(secret.data(), secret.size());
  secret.clear();
}

}  // namespace salesflow::security
