"""Identity: what the operator agreed with an OpenID provider, and who of its people is an admin here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class IdentityProvider:
    """`issuer` is its address, as it spells it; `private_hosts` may be asked without TLS."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    redirect_uri: str
    private_hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SignIn:
    """`admins` are e-mail addresses in lower case; `claim` a name and the value that it must have or hold."""

    name: str
    provider: IdentityProvider
    admins: frozenset[str] = frozenset()
    claim: tuple[str, str] | None = None

    def admin(self, claims: Mapping[str, Any]) -> str | None:
        """What an admin is called, None for whoever is none. An address counts once the provider has verified it.

        >>> agreed = SignIn("", IdentityProvider("", "", "", ""), frozenset({"ana@a.org"}), ("groups", "arena"))
        >>> agreed.admin({"sub": "1", "email": "Ana@A.org", "email_verified": True})
        'Ana@A.org'
        >>> agreed.admin({"sub": "1", "email": "ana@a.org"}), agreed.admin({"sub": "2", "groups": ["arena", "b"]})
        (None, '2')
        """
        email, verified = claims.get("email"), claims.get("email_verified") in (True, "true")
        known = email if isinstance(email, str) and verified else None
        if known is not None and known.lower() in self.admins:
            return known
        if self.claim is not None:
            name, wanted = self.claim
            told = claims.get(name)
            if told == wanted or (isinstance(told, list) and wanted in told):
                return known or str(claims["sub"])
        return None
