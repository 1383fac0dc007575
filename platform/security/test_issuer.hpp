// For tests only: a foreign issuer with private keys of its own, which signs whatever it is asked to.
#pragma once

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <memory>
#include <string>

#include "platform/security/crypto.hpp"

namespace salesflow::security::test {

using PrivateKey = std::shared_ptr<EVP_PKEY>;

inline PrivateKey make_rsa_key(unsigned bits = 2048) {
  return {EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{bits}), EVP_PKEY_free};
}
inline PrivateKey make_ec_key(const char* curve = "P-256") {
  return {EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", curve), EVP_PKEY_free};
}

inline std::string number_of(const PrivateKey& key, const char* name, int width = 0) {
  BIGNUM* number = nullptr;
  EVP_PKEY_get_bn_param(key.get(), name, &number);
  std::string bytes(static_cast<std::size_t>(width > 0 ? width : BN_num_bytes(number)), '\0');
  BN_bn2binpad(number, reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  BN_free(number);
  return bytes;
}

inline std::string quoted(std::string_view name, std::string_view value) {
  return "\"" + std::string(name) + "\":\"" + std::string(value) + "\"";
}

/// The public half as a JWK; `more` is put behind it, e.g. R"(,"use":"enc")".
inline std::string rsa_jwk(const PrivateKey& key, const std::string& id, const std::string& more = {}) {
  return "{" + quoted("kty", "RSA") + "," + quoted("kid", id) + "," +
         quoted("n", to_base64url(number_of(key, OSSL_PKEY_PARAM_RSA_N))) + "," +
         quoted("e", to_base64url(number_of(key, OSSL_PKEY_PARAM_RSA_E))) + more + "}";
}
inline std::string ec_jwk(const PrivateKey& key, const std::string& id, const std::string& curve = "P-256") {
  const int width = curve == "P-256" ? 32 : 48;
  return "{" + quoted("kty", "EC") + "," + quoted("kid", id) + "," + quoted("crv", curve) + "," +
         quoted("x", to_base64url(number_of(key, OSSL_PKEY_PARAM_EC_PUB_X, width))) + "," +
         quoted("y", to_base64url(number_of(key, OSSL_PKEY_PARAM_EC_PUB_Y, width))) + "}";
}
inline std::string jwks(const std::string& keys) {
  return R"({"keys":[)" + keys + "]}";
}

inline std::string public_pem(const PrivateKey& key) {
  std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), BIO_free);
  PEM_write_bio_PUBKEY(out.get(), key.get());
  char* text = nullptr;
  const long length = BIO_get_mem_data(out.get(), &text);
  return {text, static_cast<std::size_t>(length)};
}

/// SHA-256 signature in the form JWS wants (EC: r and s side by side).
inline std::string sign(const PrivateKey& key, const std::string& text) {
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get());
  std::string signature(1024, '\0');
  std::size_t length = signature.size();
  EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &length,
                 reinterpret_cast<const unsigned char*>(text.data()), text.size());
  signature.resize(length);
  if (EVP_PKEY_is_a(key.get(), "RSA") == 1)
    return signature;
  const auto* der = reinterpret_cast<const unsigned char*>(signature.data());
  std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> pair(d2i_ECDSA_SIG(nullptr, &der, static_cast<long>(length)),
                                                             ECDSA_SIG_free);
  std::string raw(64, '\0');
  BN_bn2binpad(ECDSA_SIG_get0_r(pair.get()), reinterpret_cast<unsigned char*>(raw.data()), 32);
  BN_bn2binpad(ECDSA_SIG_get0_s(pair.get()), reinterpret_cast<unsigned char*>(raw.data()) + 32, 32);
  return raw;
}

inline std::string unsigned_token(const std::string& header, const std::string& payload) {
  return to_base64url(header) + "." + to_base64url(payload);
}
inline std::string foreign_token(const PrivateKey& key, const std::string& header, const std::string& payload) {
  const std::string text = unsigned_token(header, payload);
  return text + "." + to_base64url(sign(key, text));
}
inline std::string secret_token(const std::string& secret, const std::string& header, const std::string& payload) {
  const std::string text = unsigned_token(header, payload);
  return text + "." + to_base64url(view_of(hmac_sha256(secret, text)));
}

}  // namespace salesflow::security::test
