"""Who is this? Invitations, tokens, proofs of a device key, and their binding to DTLS.

Knows subjects and roles; knows nothing of exams, of people's names, of HTTP or of storage.
Source: requirement T1 (authentication of everyone).

| module | idea |
|---|---|
| `invitations` | a link's one-time secret and the code given by phone, both kept hashed |
| `totp` | codes of an authenticator application, each accepted once |
| `passkeys` | a key pair that the person's device uses once it has verified the person |
| `oidc` | what is asked of an OpenID provider, and whether its answer holds |
| `sealing` | secrets that must be read again, encrypted at rest |
| `keys` | the installation's signing key and its file |
| `rotation` | the keys that sign tokens, one after the other, each published before use |
| `jwk` | P-256 public keys as JWK, and their thumbprint |
| `tokens` | access, media and admin tokens, ES256, each of its own type |
| `proofs` | the holder of a token shows that the device key is theirs |
| `signatures` | a document signed with the device key, over a label and its digest |
| `tickets` | one-time stand-in for a token where a browser cannot set headers |
| `fingerprints` | the one DTLS certificate that an offer announces |
| `once` | bounded memory of what may be used only once |
| `errors` | every refusal, each with a stable code |

The chain, seen from the server: the secret of a link is digested and looked up, `check` passes the
invitation, a proof shows the device key, `Tokens.access` binds both. Each request then carries the
token and a proof; `verify_access`, then `ProofVerifier.verify`, then `require_key`. A WebSocket
opens with a ticket and proves the key in its first message. An offer is preceded by
`Tokens.media` for the fingerprint of the device's certificate and accepted by `verify_media`.

Not here: French texts, and what a role may do.

Source: RFC 7519 and 8725 (tokens), RFC 7800 and 9449 (proof of possession),
RFC 8122 (fingerprints), W3C Web Authentication Level 3 (passkeys).
"""
