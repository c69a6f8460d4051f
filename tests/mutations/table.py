"""Each guard that a known trap needs, the code without it, and the test that is red then.

The list of traps is that of docs/security.md, in its order. Data only.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mutation:
    trap: str
    file: str
    guard: str
    """As it stands in the file, once."""
    instead: str
    test: str
    """The node that has to go red."""


_TOKENS, _PROOFS, _OIDC = "auth/tokens.py", "auth/proofs.py", "auth/oidc.py"
_SIGN_INS, _SOCKET, _SERVICE = (
    "signaling/oidc.py",
    "signaling/socket.py",
    "signaling/api/service.py",
)
_T_TOKENS, _T_PROOFS = "tests/auth/test_tokens.py::test_", "tests/auth/test_proofs.py::test_"
_T_OIDC, _T_SIGN_INS = "tests/auth/test_oidc.py::test_", "tests/signaling/test_oidc.py::test_"
_T_SOCKET, _T_TRAPS = (
    "tests/signaling/test_socket.py::test_",
    "tests/signaling/test_traps.py::test_",
)
_T_HOSTILE = "tests/media/test_hostile.py::test_"
_HEADERS = _T_TRAPS + "every_answer_carries_the_headers_a_browser_needs"

TABLE: tuple[Mutation, ...] = (
    # Tokens of ours
    Mutation(
        "missing claims",
        _TOKENS,
        '"require": list(kind.claims), ',
        "",
        _T_TOKENS + "a_token_that_lacks_a_claim_is_refused",
    ),
    Mutation(
        "typ",
        _TOKENS,
        'if header.get("typ") != kind.typ:',
        "if False:",
        _T_TOKENS + "a_token_of_another_type_is_refused",
    ),
    Mutation(
        "audience",
        _TOKENS,
        "audience=kind.audience,",
        'audience=jwt.decode(token, options={"verify_signature": False})["aud"],',
        _T_TOKENS + "a_token_of_the_right_type_for_another_audience_is_refused",
    ),
    Mutation(
        "issuer",
        _TOKENS,
        "                issuer=self._issuer,\n",
        "",
        _T_TOKENS + "a_token_for_elsewhere_is_refused",
    ),
    # No one line opens this: our list, the key's own algorithm and PyJWT each refuse another.
    Mutation(
        "one algorithm, no HMAC, no none",
        _TOKENS,
        '"strict_aud": True}',
        '"strict_aud": True, "verify_signature": False}',
        _T_TOKENS + "a_token_keyed_by_our_public_key_as_a_shared_secret_is_refused",
    ),
    Mutation(
        "PyJWK, embedded jwk",
        _TOKENS,
        "jwt.PyJWK(dict(keys.public_jwk()),",
        'jwt.PyJWK(header.get("jwk") or dict(keys.public_jwk()),',
        _T_TOKENS + "a_key_that_comes_with_the_token_is_not_believed",
    ),
    Mutation(
        "kid",
        _TOKENS,
        'self._keys.verifying(str(header.get("kid")))',
        "self._keys.signing()",
        _T_TOKENS + "a_key_id_only_picks_among_our_keys",
    ),
    Mutation(
        "leeway",
        _TOKENS,
        "LEEWAY_S = 5\n",
        "LEEWAY_S = 90\n",
        _T_TOKENS + "a_token_is_good_in_its_window_only",
    ),
    Mutation(
        "media token of 60 s",
        _TOKENS,
        "if lifetime_s > kind.max_s:",
        "if False:",
        _T_TOKENS + "a_media_token_that_lives_over_a_minute_is_refused_even_if_we_signed_it",
    ),
    Mutation(
        "media token once",
        _TOKENS,
        "raise TokenUsedError",
        "pass",
        _T_TOKENS + "a_media_token_serves_once",
    ),
    Mutation(
        "the token's key",
        _TOKENS,
        "require_key(media.jkt, jkt)",
        "pass",
        _T_TOKENS + "an_offer_by_another_key_is_refused_and_leaves_the_token",
    ),
    Mutation(
        "the token's certificate",
        _TOKENS,
        "if media.fingerprint != normalise(offer_fingerprint):",
        "if False:",
        _T_TOKENS + "an_offer_with_another_certificate_is_refused_and_leaves_the_token",
    ),
    Mutation(
        "one fingerprint in an offer",
        "auth/fingerprints.py",
        "if len(found) > 1:",
        "if False:",
        "tests/auth/test_fingerprints.py",
    ),
    # Proofs of the device key
    Mutation(
        "typ of a proof",
        _PROOFS,
        'if header.get("typ") != PROOF_TYPE:',
        "if False:",
        _T_PROOFS + "a_proof_with_a_bad_header_is_refused",
    ),
    Mutation(
        "jku, x5u",
        _PROOFS,
        'public_members(header.get("jwk"))',
        'public_members(header.get("jwk") or __import__("urllib.request").request'
        '.urlopen(header.get("jku") or header.get("x5u")).read())',
        _T_PROOFS + "an_address_of_a_key_is_never_fetched",
    ),
    Mutation(
        "proof of this request",
        _PROOFS,
        'if _normalised(claims.get("htu")) != _normalised(url):',
        "if False:",
        _T_PROOFS + "a_proof_for_another_address_is_refused",
    ),
    Mutation(
        "proof of this token",
        _PROOFS,
        '_require(claims, "ath", None if access_token is None else token_hash(access_token))',
        "pass",
        _T_PROOFS + "a_proof_made_with_a_token_does_not_serve_without",
    ),
    Mutation(
        "proof is recent",
        _PROOFS,
        "if not now - self._max_age_s <= iat <= now + self._max_age_s:",
        "if False:",
        _T_PROOFS + "a_proof_is_recent_on_both_sides",
    ),
    Mutation(
        "proof once",
        _PROOFS,
        "raise ProofReplayedError",
        "pass",
        _T_PROOFS + "a_proof_serves_once",
    ),
    # Keys that take turns, codes of an application
    Mutation(
        "next key published before use",
        "auth/rotation.py",
        "PUBLISHED_BEFORE_S = 300",
        "PUBLISHED_BEFORE_S = 0",
        "tests/auth/test_rotation.py::test_the_next_key_is_published_before_it_signs"
        "_and_the_old_one_verifies_to_its_end",
    ),
    Mutation(
        "unknown kid, our keys",
        "auth/rotation.py",
        "if self._now() - self._read_at_s < READ_AGAIN_S:",
        "if False:",
        "tests/auth/test_rotation.py::test_unknown_keys_make_the_directory_be_read"
        "_at_most_every_half_minute",
    ),
    Mutation(
        "TOTP replay",
        "auth/invitations.py",
        "if step <= authenticator.last_step:",
        "if False:",
        "tests/auth/test_invitations.py::test_a_code_of_the_application_is_accepted_once",
    ),
    # OpenID Connect
    Mutation(
        "state and nonce of 32 characters",
        _OIDC,
        "_SECRET_BYTES = 32",
        "_SECRET_BYTES = 16",
        _T_OIDC + "state_and_nonce_are_long_and_never_the_same",
    ),
    Mutation(
        "PKCE only if announced",
        _OIDC,
        "if provider.announces_pkce:\n        digest",
        "if True:\n        digest",
        _T_OIDC + "the_request_asks_for_a_new_sign_in_and_nothing_that_is_not_announced",
    ),
    Mutation(
        "prompt=login",
        _OIDC,
        '"prompt": "login",',
        "",
        _T_OIDC + "the_request_asks_for_a_new_sign_in_and_nothing_that_is_not_announced",
    ),
    Mutation(
        "nonce",
        _OIDC,
        'if not hmac.compare_digest(str(claims["nonce"]).encode(), nonce.encode()):',
        "if False:",
        _T_OIDC + "an_id_token_with_a_wrong_claim",
    ),
    Mutation(
        "assurance",
        _OIDC,
        "if not isinstance(acr, str) or acr not in party.acr_values:",
        "if False:",
        _T_OIDC + "an_id_token_with_a_wrong_claim",
    ),
    Mutation(
        "for us alone",
        _OIDC,
        'if claims["aud"] not in (party.client_id, [party.client_id]):',
        "if False:",
        _T_OIDC + "an_id_token_with_a_wrong_claim",
    ),
    Mutation(
        "claims of an ID token",
        _OIDC,
        'options={"require": list(required)},',
        "",
        _T_OIDC + "an_id_token_with_a_wrong_claim",
    ),
    Mutation(
        "leeway of 30 s",
        _OIDC,
        "LEEWAY_S = 30",
        "LEEWAY_S = 600",
        _T_OIDC + "clocks_may_differ_by_half_a_minute_and_no_more",
    ),
    Mutation(
        "signature of the ID token",
        _OIDC,
        "options={",
        'options={"verify_signature": False, "verify_exp": True, ',
        _T_OIDC + "a_key_that_is_not_the_providers",
    ),
    Mutation(
        "userinfo of who signed in",
        _OIDC,
        "if _subject(claims) != signed_in.subject:",
        "if False:",
        _T_OIDC + "userinfo_is_signed_and_of_who_signed_in",
    ),
    Mutation(
        "discovery of this issuer",
        "auth/discovery.py",
        'document.get("issuer") != issuer:',
        "False:",
        "tests/auth/test_discovery.py::test_a_description_that_is_not_the_providers",
    ),
    Mutation(
        "unknown kid, the provider's keys",
        _SIGN_INS,
        "if kid not in self._keys and not is_recent:",
        "if kid not in self._keys:",
        _T_SIGN_INS + "an_unknown_key_is_looked_for_at_most_every_30_seconds",
    ),
    Mutation(
        "issuer of the answer",
        _SIGN_INS,
        "if iss not in {None, self._issuer}:",
        "if False:",
        _T_SIGN_INS + "the_issuer_of_an_answer_is_compared",
    ),
    Mutation(
        "the answer's device",
        _SIGN_INS,
        "if waiting is None or waiting.jkt != jkt:",
        "if waiting is None:",
        _T_SIGN_INS + "an_answer_serves_once_and_on_the_device_that_asked",
    ),
    Mutation(
        "no account at a station",
        "signaling/station_sign_in.py",
        "if issued.openid_issuer is not None:",
        "if False:",
        _T_SIGN_INS + "an_account_opens_nothing_at_a_station_and_an_agent_attests_instead",
    ),
    # Passkeys, signing out
    Mutation(
        "a passkey's challenge once",
        "signaling/challenges.py",
        "given = self._given.pop((purpose, jkt), None)",
        "given = self._given.get((purpose, jkt))",
        "tests/signaling/test_passkeys.py::test_an_answer_serves_once_for_its_link_and_device",
    ),
    Mutation(
        "a sign-out ends the access",
        "visiojury/exam/state.py",
        "access.is_revoked = access.has_signed_out = True",
        "access.has_signed_out = True",
        "tests/signaling/api/test_signing_out.py"
        "::test_who_signs_out_is_out_within_a_second_and_it_is_on_record",
    ),
    # WebSocket
    Mutation(
        "Origin",
        _SERVICE,
        'if request.headers.get("Origin") not in server.gate.origins:',
        "if False:",
        _T_SOCKET + "a_page_from_elsewhere_is_refused",
    ),
    Mutation(
        "ticket once",
        "auth/tickets.py",
        "self._open.pop(ticket, (None, None))",
        "self._open.get(ticket, (None, None))",
        _T_SOCKET + "a_ticket_opens_one_line",
    ),
    Mutation(
        "ticket of half a minute",
        "auth/tickets.py",
        " or ends_at <= self._now():",
        ":",
        "tests/auth/test_tickets.py::test_a_ticket_serves_until_its_end_and_not_after",
    ),
    Mutation(
        "ticket with its key",
        "signaling/access.py",
        "access_token=ticket)\n            require_key(claims.jkt, proven)",
        "access_token=ticket)",
        _T_SOCKET + "a_ticket_needs_the_key_it_was_given_for",
    ),
    Mutation(
        "access that stands",
        "signaling/access.py",
        "if access is None or access.is_revoked or access.device_key != claims.jkt:",
        "if access is None:",
        "tests/signaling/test_matrix.py::test_no_stranger_gets_a_line_in_anybodys_name",
    ),
    Mutation(
        "64 KiB",
        _SOCKET,
        "if len(received.data.encode()) > m.MAX_MESSAGE_BYTES:",
        "if False:",
        _T_SOCKET + "messages_that_are_wrong_are_refused_and_the_line_goes_on",
    ),
    Mutation(
        "256 KiB",
        _SERVICE,
        "max_msg_size=HARD_LIMIT_BYTES",
        "max_msg_size=0",
        _T_SOCKET + "a_mebibyte_closes_its_line_and_no_other",
    ),
    Mutation(
        "rate per peer",
        _SOCKET,
        "if not self._accounts.may_send(session_id, self.participant_id):",
        "if False:",
        _T_SOCKET + "a_flood_closes_its_line",
    ),
    Mutation(
        "heartbeat",
        _SERVICE,
        "heartbeat=HEARTBEAT_S",
        "heartbeat=None",
        _T_TRAPS + "a_socket_that_answers_no_heartbeat_is_closed",
    ),
    Mutation(
        "no compression",
        _SERVICE,
        "compress=False",
        "compress=True",
        _T_TRAPS + "a_socket_is_never_compressed",
    ),
    Mutation(
        "revocation ends connections",
        "signaling/hub.py",
        'connection.close_with("access_revoked")',
        "pass",
        _T_SOCKET + "a_revoked_persons_live_connection_ends_within_a_second",
    ),
    Mutation(
        "a switch of who has no media",
        "signaling/media_desk.py",
        "        if not sends_media(room, participant_id):\n"
        '            raise RequestError("media_not_for_role")\n        wanted',
        "        wanted",
        "tests/signaling/test_matrix.py::test_every_message_of_everybody_at_every_stage",
    ),
    # The page
    Mutation("CSP", "signaling/app.py", "default-src 'none'", "default-src *", _HEADERS),
    Mutation(
        "Trusted Types",
        "signaling/app.py",
        "require-trusted-types-for 'script'; ",
        "",
        _HEADERS,
    ),
    Mutation("framing", "signaling/app.py", "frame-ancestors 'none'; ", "", _HEADERS),
    Mutation(
        "COOP",
        "signaling/app.py",
        '"Cross-Origin-Opener-Policy": "same-origin",',
        "",
        _HEADERS,
    ),
    Mutation(
        "Permissions-Policy",
        "signaling/app.py",
        "geolocation=(), ",
        "",
        _HEADERS,
    ),
    Mutation(
        "HSTS",
        "signaling/app.py",
        'if scheme == "https":',
        "if False:",
        "tests/signaling/test_tls.py::test_people_come_by_https_and_are_told_to_stay",
    ),
    # The relay
    Mutation(
        "authenticated STUN first",
        "media/ice.py",
        "return hmac.compare_digest(expected, request.integrity)",
        "return True",
        "tests/media/test_ice.py::test_any_other_check_changes_nothing",
    ),
    Mutation(
        "an empty or oversized datagram",
        "media/relay.py",
        "if size == 0 or size > rtp.MAX_DATAGRAM_BYTES:",
        "if False:",
        "tests/media/test_relay.py::test_what_is_no_datagram_of_ours_is_counted_even_from_a_peer",
    ),
    Mutation(
        "a malformed check is counted",
        "media/relay.py",
        'self.meter.dropped["stun_malformed"] += 1',
        "pass",
        "tests/media/test_relay.py::test_a_stranger_reaches_nothing_whatever_the_first_byte",
    ),
    Mutation(
        "ClientHello race",
        "media/relay.py",
        "connection = self._by_address.get(address)\n        if 128",
        "connection = self._by_address.get(address) or next(iter(self._by_ufrag.values()), None)\n"
        "        if 128",
        "tests/media/test_relay.py::test_a_stranger_reaches_nothing_whatever_the_first_byte",
    ),
    Mutation(
        "SSRCs are bounded",
        "media/peer.py",
        "MAX_SSRCS = 64",
        "MAX_SSRCS = 100_000",
        _T_HOSTILE + "a_hostile_peer_disturbs_nobody[ssrcs_without_end-too_many_ssrcs]",
    ),
    Mutation(
        "a flood is bounded",
        "media/allowance.py",
        "if self._left < 1:",
        "if False:",
        "tests/media/test_allowance.py::test_a_burst_is_allowed_and_then_a_rate",
    ),
    Mutation(
        "forged and replayed SRTP",
        "media/relay.py",
        'self.meter.dropped["srtp"] += 1',
        "pass",
        _T_HOSTILE + "a_hostile_peer_disturbs_nobody[the_same_packet_again-srtp]",
    ),
    Mutation(
        "the certificate of the offer",
        "media/aiortc_seam.py",
        "await self._dtls.start(RTCDtlsParameters(fingerprints=[digest]))",
        "self._dtls._validate_peer_identity = lambda _: None\n"
        "            await self._dtls.start(RTCDtlsParameters(fingerprints=[digest]))",
        "tests/media/test_process.py::test_a_peer_that_presents_another_certificate_is_not_let_in",
    ),
    Mutation(
        "never past the VP8 descriptor",
        "media/vp8.py",
        "if at >= end:",
        "if at + 10 > end:",
        "tests/media/test_vp8.py::test_what_follows_the_descriptor_may_be_anything",
    ),
)
