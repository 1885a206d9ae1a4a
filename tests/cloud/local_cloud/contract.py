"""The operations that the published contract of v1 has for the nouns of the local cloud (API facts 2), 178 in all."""

from __future__ import annotations

#: Nouns whose objects belong to a project, and projects themselves, have these.
COMMON = """
GET /NOUN
GET /NOUN/{}
GET POST /NOUN/{}/accessrights
DELETE /NOUN/{}/accessrights/{}
GET /NOUN/{}/queue
GET /NOUN/{}/services
GET /NOUN/{}/services/{}
GET PUT PATCH /NOUN/{}/tag
DELETE /NOUN/{}/tag/{}
"""

OWN = """
POST /vm
PATCH DELETE /vm/{}
POST /vm/{}/actions/(start restart stop turnoff rename flavour image password_reset)
GET /vm/{}/console
GET POST /vm/{}/(hdd netadp)
DELETE /vm/{}/(hdd netadp)/{}
POST /disk
PATCH DELETE /disk/{}
POST /disk/{}/actions/(resize clone transfer)
GET /disk/{}/download
POST /image
PATCH DELETE /image/{}
POST /image/{}/actions/transfer
POST /ip
PATCH DELETE /ip/{}
POST /ip/{}/actions/(associate disassociate allocate transfer)
POST /(netadp network)/{}/actions/(firewall_add firewall_remove)
POST /network
PATCH DELETE /network/{}
GET POST /network/{}/ip
GET DELETE /network/{}/ip/{}
GET /service
GET /service/{}
POST /project
PATCH DELETE /project/{}
GET /project/{}/(limit billing stats)
GET POST /project/{}/(credentialStore credentialStore/certificate)
GET PATCH DELETE /project/{}/(credentialStore credentialStore/certificate)/{}
GET PATCH /user/{}
GET POST /user/{}/(credential credential/certificate credential/password)
GET PATCH DELETE /user/{}/(credential credential/certificate credential/password)/{}
GET /user/{}/credential/authtoken
GET DELETE /user/{}/credential/authtoken/{}
GET /user/{}/invitation
POST /user/{}/invitation/{}/(accept decline)
GET /user/{}/services
GET /user/{}/services/{}
GET PUT PATCH /user/{}/tag
DELETE /user/{}/tag/{}
"""

NOUNS = ("vm", "disk", "image", "ip", "netadp", "network", "project")


def operations() -> set[str]:
    """Every operation as `METHOD /path`, with `{}` for what a caller fills in."""
    lines = [line.replace("NOUN", noun) for noun in NOUNS for line in COMMON.split("\n")] + OWN.split("\n")
    return {operation for line in lines if line for operation in _expand(line)}


def _expand(line: str) -> list[str]:
    before, bracket, rest = line.partition("(")
    if bracket:
        words, _, after = rest.partition(")")
        return [one for word in words.split() for one in _expand(before + word + after)]
    *methods, path = line.split()
    return [f"{method} {path}" for method in methods]
