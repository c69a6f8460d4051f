"""What an OpenID provider says of itself: its addresses, what it announces, its keys. Pure.

Source: OpenID Connect Discovery 1.0 sections 3 and 4.3, RP-Initiated Logout 1.0 section 2.1;
RFC 7517 (JWKS).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from auth.errors import OpenIDUnavailableError

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_KEYS = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """What discovery says of a provider, as far as it is used."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    userinfo_endpoint: str
    jwks_uri: str
    end_session_endpoint: str | None
    """None: nobody signs out there."""
    announces_pkce: bool


def provider_of(document: object, *, issuer: str) -> Provider:
    """Return the provider that a discovery document describes.

    Raises:
        OpenIDUnavailableError: it lacks an address, or is another issuer's (Discovery, 4.3).
    """
    if not isinstance(document, dict) or document.get("issuer") != issuer:
        raise OpenIDUnavailableError("discovery is not of this issuer")
    methods = document.get("code_challenge_methods_supported")
    return Provider(
        issuer=issuer,
        authorization_endpoint=_address(document, "authorization_endpoint"),
        token_endpoint=_address(document, "token_endpoint"),
        userinfo_endpoint=_address(document, "userinfo_endpoint"),
        jwks_uri=_address(document, "jwks_uri"),
        end_session_endpoint=(
            _address(document, "end_session_endpoint")
            if "end_session_endpoint" in document
            else None
        ),
        announces_pkce=isinstance(methods, list) and "S256" in methods,
    )


def keys_of(document: object) -> dict[str, dict[str, Any]]:
    """Return the signing keys of a JWKS by their `kid`; what has none cannot be asked for.

    Raises:
        OpenIDUnavailableError: it is no JWKS.
    """
    keys = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(keys, list):
        raise OpenIDUnavailableError("the keys are not a JWKS")
    return {
        key["kid"]: key
        for key in keys[:MAX_KEYS]
        if isinstance(key, dict)
        and isinstance(key.get("kid"), str)
        and key.get("use", "sig") == "sig"
    }


def _address(document: Mapping[str, Any], name: str) -> str:
    address = document.get(name)
    if not isinstance(address, str) or not address.startswith(("https://", "http://")):
        raise OpenIDUnavailableError(f"discovery has no {name}")
    return address
