"""Every way into a session, built once: links, what they ask for besides, stations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from auth.keys import InstallationKeys
from auth.passkeys import RelyingParty
from auth.sealing import SecretBox
from auth.tokens import Tokens
from signaling import installation_key
from signaling.authenticators import Authenticators
from signaling.challenges import Challenges
from signaling.instants import Instants
from signaling.inviting import Inviting
from signaling.oidc import SignIns
from signaling.passkeys import Passkeys
from signaling.redeeming import Redeeming
from signaling.rooms import Rooms
from signaling.settings import OpenID
from signaling.station_sign_in import StationSignIns


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrances:
    inviting: Inviting
    redeeming: Redeeming
    stations: StationSignIns
    passkeys: Passkeys | None
    """None: the installation has no host name, which passkeys need."""
    openid: SignIns | None
    """None: no provider is configured."""

    @classmethod
    def of(
        cls,
        openid: OpenID,
        *,
        openid_secret: str,
        rooms: Rooms,
        tokens: Tokens,
        keys: InstallationKeys,
        instants: Instants,
        origins: tuple[str, ...],
    ) -> Self:
        """Return those of an installation that browsers find at the first of `origins`."""
        authenticators = Authenticators(SecretBox(keys.derive(installation_key.SECRETS)))
        redeeming = Redeeming(
            rooms=rooms, tokens=tokens, instants=instants, authenticators=authenticators
        )
        party = RelyingParty.of(origins)
        challenges = None if party is None else Challenges(party)
        return cls(
            inviting=Inviting(
                instants=instants,
                origin=origins[0],
                authenticators=authenticators,
                openid_issuer=openid.issuer,
                has_passkeys=party is not None,
            ),
            redeeming=redeeming,
            stations=StationSignIns(redeeming, instants, challenges),
            passkeys=None if challenges is None else Passkeys(challenges, redeeming),
            openid=SignIns.of(openid, secret=openid_secret, origin=origins[0]),
        )
