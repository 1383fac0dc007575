#include "platform/security/key_set.hpp"

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include <boost/json/parse.hpp>
#include <stdexcept>

#include "platform/security/crypto.hpp"

namespace salesflow::security {
namespace {

namespace json = boost::json;
using BigNumber = std::unique_ptr<BIGNUM, decltype(&BN_free)>;
using PkeyContext = std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)>;
using ParamBuilder = std::unique_ptr<OSSL_PARAM_BLD, decltype(&OSSL_PARAM_BLD_free)>;
using Parameters = std::unique_ptr<OSSL_PARAM, decltype(&OSSL_PARAM_free)>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;
using PublicKey = std::shared_ptr<EVP_PKEY>;

constexpr std::size_t coordinate_bytes = 32;  // P-256

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::optional<std::string> text_member(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  if (!value || !value->is_string())
    return std::nullopt;
  return std::string(value->get_string());
}

BigNumber number_of(std::string_view bytes) {
  return {BN_bin2bn(bytes_of(bytes), static_cast<int>(bytes.size()), nullptr), BN_free};
}

PublicKey make_public(const char* kind, OSSL_PARAM_BLD* builder) {
  Parameters parameters(OSSL_PARAM_BLD_to_param(builder), OSSL_PARAM_free);
  PkeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, kind, nullptr), EVP_PKEY_CTX_free);
  EVP_PKEY* key = nullptr;
  if (!parameters || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1) {
    return nullptr;
  }
  PublicKey owned(key, EVP_PKEY_free);
  // Refuses a point off the curve and an even modulus.
  PkeyContext check(EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr), EVP_PKEY_CTX_free);
  if (!check || EVP_PKEY_public_check(check.get()) != 1)
    return nullptr;
  return owned;
}

PublicKey rsa_key(const json::object& jwk) {
  const auto modulus_text = text_member(jwk, "n"), exponent_text = text_member(jwk, "e");
  if (!modulus_text || !exponent_text)
    return nullptr;
  const auto modulus = from_base64url(*modulus_text), exponent = from_base64url(*exponent_text);
  if (!modulus || !exponent || modulus->size() > 1024 || exponent->size() > 8)
    return nullptr;
  const BigNumber n = number_of(*modulus), e = number_of(*exponent);
  if (!n || !e || BN_num_bits(n.get()) < 2048)
    return nullptr;
  ParamBuilder builder(OSSL_PARAM_BLD_new(), OSSL_PARAM_BLD_free);
  if (!builder || OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1) {
    return nullptr;
  }
  return make_public("RSA", builder.get());
}

PublicKey ec_key(const json::object& jwk) {
  const auto curve = text_member(jwk, "crv"), x_text = text_member(jwk, "x"), y_text = text_member(jwk, "y");
  if (curve != "P-256" || !x_text || !y_text)
    return nullptr;
  const auto x = from_base64url(*x_text), y = from_base64url(*y_text);
  if (!x || !y || x->size() != coordinate_bytes || y->size() != coordinate_bytes)
    return nullptr;
  const std::string point = '\x04' + *x + *y;
  ParamBuilder builder(OSSL_PARAM_BLD_new(), OSSL_PARAM_BLD_free);
  if (!builder || OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0) != 1 ||
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) != 1) {
    return nullptr;
  }
  return make_public("EC", builder.get());
}

bool is_for_signing(const json::object& jwk) {
  if (const auto use = text_member(jwk, "use"); use && *use != "sig")
    return false;
  const auto* operations = jwk.if_contains("key_ops");
  if (!operations)
    return true;
  if (!operations->is_array())
    return false;
  for (const auto& operation : operations->get_array()) {
    if (operation == "verify")
      return true;
  }
  return false;
}

/// JWS carries r and s side by side (RFC 7518 section 3.4); OpenSSL wants them as DER.
std::string to_der(std::string_view signature) {
  std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> pair(ECDSA_SIG_new(), ECDSA_SIG_free);
  BigNumber r = number_of(signature.substr(0, coordinate_bytes)), s = number_of(signature.substr(coordinate_bytes));
  if (!pair || !r || !s || ECDSA_SIG_set0(pair.get(), r.get(), s.get()) != 1)
    return {};
  (void)r.release();  // the pair owns both now
  (void)s.release();
  std::string der(static_cast<std::size_t>(i2d_ECDSA_SIG(pair.get(), nullptr)), '\0');
  auto* out = reinterpret_cast<unsigned char*>(der.data());
  i2d_ECDSA_SIG(pair.get(), &out);
  return der;
}

}  // namespace

std::string_view to_string(Algorithm algorithm) noexcept {
  switch (algorithm) {
    case Algorithm::hs256:
      return "HS256";
    case Algorithm::rs256:
      return "RS256";
    case Algorithm::es256:
      return "ES256";
  }
  return {};
}

Key Key::from_secret(std::string secret, std::string key_id) {
  if (secret.size() < secret_bytes_min)
    throw std::invalid_argument("the signing secret is too short");
  Key key(Algorithm::hs256, std::move(key_id));
  key.secret_ = std::move(secret);
  return key;
}

Key Key::from_only_secret(std::string secret) {
  Key key = from_secret(std::move(secret), {});
  key.any_id_ = true;
  return key;
}

bool Key::verify(std::string_view signed_text, std::string_view signature) const {
  if (algorithm_ == Algorithm::hs256) {
    return equal_constant_time(view_of(hmac_sha256(secret_, signed_text)), signature);
  }
  std::string der;
  if (algorithm_ == Algorithm::es256) {
    if (signature.size() != 2 * coordinate_bytes)
      return false;
    der = to_der(signature);
    signature = der;
  }
  DigestContext context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  return context && !signature.empty() &&
         EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, public_key_.get()) == 1 &&
         EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(signed_text),
                          signed_text.size()) == 1;
}

std::string Key::sign(std::string_view text) const {
  if (algorithm_ != Algorithm::hs256)
    throw std::logic_error("only a shared secret signs");
  return std::string(view_of(hmac_sha256(secret_, text)));
}

Result<void> KeySet::add_jwks(std::string_view text) {
  boost::system::error_code code;
  const json::value document = json::parse(text, code);
  if (code)
    return fail(Errc::malformed, "not a JSON Web Key Set: no JSON");
  const auto* object = document.if_object();
  const auto* list = object ? object->if_contains("keys") : nullptr;
  if (!list || !list->is_array())
    return fail(Errc::invalid_argument, "not a JSON Web Key Set: no \"keys\" list");
  std::size_t usable = 0;
  for (const auto& entry : list->get_array()) {
    const auto* jwk = entry.if_object();
    if (!jwk || !is_for_signing(*jwk))
      continue;
    const auto kind = text_member(*jwk, "kty"), stated = text_member(*jwk, "alg");
    const std::string id = text_member(*jwk, "kid").value_or("");
    Key key(kind == "RSA" ? Algorithm::rs256 : Algorithm::es256, id);
    if ((kind != "RSA" && kind != "EC") || (stated && *stated != to_string(key.algorithm())))
      continue;
    key.public_key_ = kind == "RSA" ? rsa_key(*jwk) : ec_key(*jwk);
    if (!key.public_key_)
      continue;
    if (!id.empty() && !candidates(key.algorithm(), &id).empty()) {
      return fail(Errc::invalid_argument, "the key set holds the id \"" + id + "\" twice");
    }
    if (++usable > keys_max)
      return fail(Errc::invalid_argument, "the key set holds more than 16 signing keys");
    keys_.push_back(std::move(key));
  }
  if (usable == 0)
    return fail(Errc::invalid_argument, "the key set holds no RS256 or ES256 key");
  return {};
}

std::vector<const Key*> KeySet::candidates(Algorithm algorithm, const std::string* key_id) const {
  std::vector<const Key*> found;
  for (const Key& key : keys_) {
    if (key.algorithm() == algorithm && (!key_id || key.any_id_ || key.key_id() == *key_id))
      found.push_back(&key);
  }
  return found;
}

}  // namespace salesflow::security
