"""The literature's lists: counts, class names, hashes, the traps in them, and how they are fetched."""

import hashlib
import re
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from d2st.data.class_names import class_names
from d2st.data.groups import group_of
from d2st.data.origins import ORIGINS, SPLITS, Origin, entries, fetch, read_origin
from d2st.errors import UserError

#: classes; videos; fewest and most videos of a class, for train, val and test (../shared/splits/README.md)
COUNTS = {
    "ssv2": ((64, 67013, 156, 3170), (12, 1926, 56, 360), (24, 2857, 17, 272)),
    "ssv2_small": ((64, 6400, 100, 100), (12, 1200, 100, 100), (24, 2400, 100, 100)),
    "kinetics": ((64, 6400, 100, 100), (12, 1200, 100, 100), (24, 2400, 100, 100)),
    "kinetics_cmn": ((64, 6400, 100, 100), (12, 1200, 100, 100), (24, 2400, 100, 100)),
    "hmdb51": ((31, 4280, 102, 548), (10, 1194, 102, 143), (10, 1292, 103, 232)),
    "ucf101": ((70, 9154, 100, 164), (10, 1421, 114, 167), (21, 2745, 109, 166)),
}


@pytest.fixture(scope="module")
def lists(shared):
    folder = shared / "splits" / "origin"
    return {
        name: {split: entries(name, split, read_origin(ORIGINS[name][split], folder)) for split in SPLITS}
        for name in ORIGINS
    }


def test_every_dataset_is_counted():
    assert set(COUNTS) == set(ORIGINS)


@pytest.mark.parametrize("name", COUNTS)
def test_counts(lists, name):
    for split, expected in zip(SPLITS, COUNTS[name]):
        count = Counter(entry.label for entry in lists[name][split])
        assert set(count) == set(range(len(count)))
        assert (len(count), sum(count.values()), min(count.values()), max(count.values())) == expected


@pytest.mark.parametrize("name", COUNTS)
def test_labels_resolve_to_class_names(lists, shared, name):
    """Names by index as the compared sources have them, and each list's own folder names where it has them."""
    import yaml

    sheet = {"ssv2": "ssv2_full", "kinetics": "kinetics100", "kinetics_cmn": "kinetics100"}.get(name, name)
    known = yaml.safe_load((shared / "splits" / f"{sheet}.yaml").read_text())
    seen: set[str] = set()
    for split in SPLITS:
        names = class_names(name, split)
        assert list(names) == known[split] and not seen & set(names)
        seen |= set(names)
        per_class = Counter(entry.label for entry in lists[name][split])
        assert [per_class[i] for i in range(len(names))] == known["videos_per_class"][split]
        for entry in lists[name][split]:
            assert entry.class_name == names[entry.label]
            if name not in ("ssv2", "ssv2_small", "kinetics_cmn"):
                assert Path(entry.listed).parent.name.replace("_", " ") == entry.class_name.replace("_", " ")


@pytest.mark.parametrize("name", COUNTS)
def test_no_video_is_in_two_splits(lists, name):
    ids = [entry.id for split in SPLITS for entry in lists[name][split]]
    assert len(ids) == len(set(ids)) == len({id_.casefold() for id_ in ids})


def test_trap_ssv2_small_test_videos_are_in_ssv2_train(lists):
    train = {entry.id for entry in lists["ssv2"]["train"]}
    assert sum(entry.id in train for entry in lists["ssv2_small"]["test"]) == 568
    assert sum(entry.id in train for entry in lists["ssv2_small"]["train"]) == 2400
    assert len(set(class_names("ssv2", "test")) & set(class_names("ssv2_small", "train"))) == 9
    assert len(set(class_names("ssv2_small", "test")) & set(class_names("ssv2", "train"))) == 7


def test_trap_two_versions_of_kinetics(lists):
    for split, swapped in zip(SPLITS, (179, 41, 57)):
        ours, theirs = ({entry.id[:11] for entry in lists[n][split]} for n in ("kinetics", "kinetics_cmn"))
        assert len(ours - theirs) == len(theirs - ours) == swapped
        assert class_names("kinetics", split) == class_names("kinetics_cmn", split)
    listed = [entry.listed for split in SPLITS for entry in lists["kinetics"][split]]
    assert sum(path.startswith("val_256/") for path in listed) == 362 + 68 + 149
    bare = [
        path for path in listed if not re.search(r"_\d{6}_\d{6}\.", path)
    ]  # all from val_256, and no others
    assert len(bare) == 579 and sum(path.endswith(".mkv") for path in bare) == 98 + 21 + 46


def test_trap_handstand_pushups(lists):
    members = [entry for entry in lists["ucf101"]["val"] if entry.class_name == "HandstandPushups"]
    assert len(members) == 128 and all(entry.id.startswith("v_HandStandPushups_g") for entry in members)


def test_trap_clips_of_one_source(lists):
    """HMDB51 cuts up to 62 clips of one class from one video, and clips of several classes from one film."""
    everything = [entry for split in SPLITS for entry in lists["hmdb51"][split]]
    per_class = Counter((entry.class_name, entry.group) for entry in everything)
    assert per_class["swing_baseball", "Faith_Rewarded"] == per_class.most_common(1)[0][1] == 62
    assert {e.class_name for e in everything if e.group == "Faith_Rewarded"} > {"talk", "throw"}
    groups = {entry.group for split in SPLITS for entry in lists["ucf101"][split]}
    assert len(groups) == 101 * 25


def test_groups():
    name = "1899_Hamlet__the_Fencing_Scene_with_Laertes_fencing_f_cm_np2_le_med_0"
    assert group_of("hmdb51", name, "fencing") == "1899_Hamlet__the_Fencing_Scene_with_Laertes"
    assert group_of("ucf101", "v_HandStandPushups_g07_c12", "HandstandPushups") == "HandStandPushups_g07"
    assert group_of("ssv2", "78687", "x") is None
    with pytest.raises(ValueError, match="nonsense"):
        group_of("hmdb51", "nonsense", "fencing")


def test_every_pinned_hash_is_of_the_pinned_file(shared):
    text = (shared / "splits" / "lists" / "README.md").read_text()
    for by_split in ORIGINS.values():
        for origin in by_split.values():
            assert f"| {origin.repository} | `{origin.commit}` | `{origin.path}` |" in text
            assert f"`{origin.sha256}`" in text


@pytest.fixture
def server():
    """Serves what ``pages`` says by path; 503 for the first request of a path in ``busy``."""
    pages: dict[str, bytes] = {}
    busy: set[str] = set()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            code = 503 if self.path in busy else 200 if self.path in pages else 404
            busy.discard(self.path)
            self.send_response(code)
            self.end_headers()
            self.wfile.write(pages.get(self.path, b""))

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}", pages, busy
        running.shutdown()
        thread.join()


def test_fetching(server):
    base, pages, busy = server
    origin = Origin("me/mine", "abc", "lists/train.txt", hashlib.sha256(b"train0//1\n").hexdigest())
    path = "/me/mine/abc/lists/train.txt"
    pages[path] = b"train0//1\n"
    assert read_origin(origin, base=base) == b"train0//1\n"
    busy.add(path)
    assert fetch(base + path, pause=0.01) == b"train0//1\n"  # a server that is busy once
    pages[path] = b"train0//2\n"
    with pytest.raises(UserError, match="sha256"):
        read_origin(origin, base=base)
    del pages[path]
    with pytest.raises(UserError, match=r"cannot fetch .*train\.txt .*--lists"):
        read_origin(origin, base=base)
    with pytest.raises(UserError, match="cannot fetch"):
        fetch("http://127.0.0.1:9/x", tries=2, pause=0.01)


def test_lists_in_a_folder(tmp_path):
    origin = Origin("me/mine", "abc", "lists/train.txt", hashlib.sha256(b"x").hexdigest())
    with pytest.raises(UserError, match=r"cannot read the list .*me\+mine/lists/train\.txt"):
        read_origin(origin, tmp_path)
    file = origin.in_folder(tmp_path)
    file.parent.mkdir(parents=True)
    file.write_bytes(b"y")
    with pytest.raises(UserError, match="not the list that the literature uses"):
        read_origin(origin, tmp_path)


def test_every_origin_is_fetched_at_its_commit():
    for by_split in ORIGINS.values():
        for origin in by_split.values():
            assert re.fullmatch(
                rf"https://raw\.githubusercontent\.com/{origin.repository}/[0-9a-f]{{40}}/.*{re.escape(origin.path)}",
                origin.url(),
            )
            assert re.fullmatch(r"[0-9a-f]{64}", origin.sha256)
