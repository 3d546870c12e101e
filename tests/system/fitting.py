"""Things that routes ask for by their id, made anew in the state that each of them wants."""

from app.api.uploads import read_answer
from app.domain.uploads import OPEN
from app.worker import Checking, check_uploads
from tests.system import voting
from tests.system.voting import Place

LINE = b'{"prompt_id": "p0", "text": "Because."}\n'
UNCHECKED = ("append_to_upload", "check_upload")


def upload(place: Place, operation: str) -> str:
    """An upload of one line, sent and checked unless the operation does that; those open before are cancelled."""
    path = f"/arenas/{place.arena}/models/m1/uploads"
    with place.admin() as admin:
        for each in admin.get(path).raise_for_status().json()["items"]:
            if each["state"] in (*OPEN, "checking"):
                admin.delete(f"{path}/{each['id']}").raise_for_status()
        begun = admin.post(path, json={"name": "a.jsonl", "size": len(LINE)}).raise_for_status()
        found: str = begun.json()["id"]
        if operation != "append_to_upload":
            as_bytes = {"Content-Type": "application/octet-stream"}
            sent = admin.patch(f"{path}/{found}", params={"offset": 0}, content=LINE, headers=as_bytes)
            sent.raise_for_status()
        if operation not in UNCHECKED:
            admin.post(f"{path}/{found}/check").raise_for_status()
            checking = Checking(read_answer)  # the server may have no worker
            while check_uploads(place.database, checking):
                pass
    return found


def gold(place: Place, at: int) -> str:
    """A battle whose verdict is known: one that is dealt already, or a new one."""
    known = {"prompt": f"p{at % 200}", "better": "m1", "worse": "m3", "reason": "known"}
    with place.admin() as admin:
        path = f"/arenas/{place.arena}/gold"
        there = admin.get(path).raise_for_status().json()["items"]
        return str((there or [admin.post(path, json=known).raise_for_status().json()])[0]["id"])


def comment(place: Place, cookie: str) -> str:
    """A ballot with a comment."""
    with place.admin() as admin, voting.client(place.url, cookie) as browser:
        path = f"/arenas/{place.arena}/comments"
        if not (there := admin.get(path).raise_for_status().json()["items"]):
            said = {"verdicts": {"overall": "a", "accuracy": "tie"}, "comment": "Too long."}
            browser.post(f"/battles/{voting.deal(place, cookie)}/votes", json=said).raise_for_status()
            there = admin.get(path).raise_for_status().json()["items"]
        return str(there[0]["ballot"])


def model(place: Place, slug: str) -> str:
    """A model that may be withdrawn."""
    with place.admin() as admin:
        admin.post(f"/arenas/{place.arena}/models", json={"slug": slug}).raise_for_status()
    return slug
