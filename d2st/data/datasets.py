"""Few-shot datasets in MMAction2's registry: training episodes, and every video of a split once."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from mmaction.registry import DATASETS
from mmengine.registry import FUNCTIONS
from torch.utils.data import Dataset

from d2st.data.reading import Reader, seeded
from d2st.data.sources import resolve
from d2st.episodes import Pool, Protocol, training_episode
from d2st.episodes.sampling import Ints
from d2st.errors import UserError

Packed = dict[str, Any]
Pipeline = Sequence[Mapping[str, Any]]


class _SplitDataset(Dataset):
    """The videos of one split, ordered by id as in :attr:`Manifest.videos`."""

    def __init__(self, source: str, split: str, data_root: str | None = None):
        self.source = resolve(source, data_root)
        self.videos = tuple(sorted(self.source.videos(split), key=lambda video: video.id))
        names = {video.label: video.class_name for video in self.videos}
        self.classes = tuple(names[label] for label in sorted(names))
        self.metainfo = {"classes": self.classes, "dataset": self.source.title, "split": split}

    def _check(self, index: int) -> None:
        if not 0 <= index < len(self):
            raise IndexError(f"index {index} of {len(self)}")

    def __len__(self) -> int:
        raise NotImplementedError


@DATASETS.register_module()
class EpisodeDataset(_SplitDataset):
    """Training episodes; episode i, its frames, crops and colours are a function of (protocol.seed, i) alone.

    Args:
        source: dataset name or folder, as :func:`d2st.data.resolve` takes it.
        split: ``train``, ``val`` or ``test``.
        data_root: folder of the real datasets; default ``D2ST_DATA_ROOT``.
        protocol: ``way, shot, queries, episodes, seed, group_disjoint`` of :class:`Protocol`.
        support_pipeline, query_pipeline: MMAction2 transforms, see :func:`d2st.data.clip_pipeline`.
        redraws: how often an episode with an unreadable video is drawn anew from the same classes; 0: it is an error.

    Raises:
        UserError: data that are missing, or a protocol that asks for more videos than a class has.
    """

    def __init__(
        self,
        source: str,
        split: str,
        data_root: str | None = None,
        protocol: Mapping[str, Any] | None = None,
        support_pipeline: Pipeline = (),
        query_pipeline: Pipeline = (),
        redraws: int = 0,
    ):
        super().__init__(source, split, data_root)
        self.redraws = redraws
        self.protocol = Protocol(**(protocol or {}))
        groups = [video.group for video in self.videos]
        self.pool = Pool([video.label for video in self.videos], self.classes, groups)
        self.pool.check(self.protocol)
        self.readers = {"support": Reader(support_pipeline), "query": Reader(query_pipeline)}

    def __len__(self) -> int:
        """Number of episodes."""
        return self.protocol.episodes

    def __getitem__(self, index: int) -> list[Packed]:
        """Packed clips, support first (w k order), then queries (w q order).

        Each data sample has ``gt_label`` (class in the split) and the metainfo ``episode, role,
        episode_label,
        video_index, video_id``.

        Raises:
            UserError: a video that cannot be read.
        """
        self._check(index)
        with seeded(self.protocol.seed, index):
            for attempt in range(self.redraws):
                with suppress(UserError):
                    return self._read(index, *training_episode(self.pool, self.protocol, index, attempt))
            return self._read(index, *training_episode(self.pool, self.protocol, index, self.redraws))

    def _read(self, index: int, support: Ints, query: Ints) -> list[Packed]:
        clips = []
        for role, videos in (("support", support), ("query", query)):
            for label, members in enumerate(videos.tolist()):
                for number in members:
                    meta = {"episode": index, "role": role, "episode_label": label, "video_index": number}
                    clips.append(self.readers[role](self.videos[number], **meta))
        return clips


@DATASETS.register_module()
class ClipDataset(_SplitDataset):
    """Each video of a split once, ordered by id; for encoding. Arguments as :class:`EpisodeDataset`.

    With ``views`` of more than 1 each video comes so often in a row, every time with random numbers of its own: clip
    ``video * views + view``.
    """

    def __init__(
        self,
        source: str,
        split: str,
        data_root: str | None = None,
        pipeline: Pipeline = (),
        views: int = 1,
    ):
        super().__init__(source, split, data_root)
        self.reader, self.views = Reader(pipeline), views

    def __len__(self) -> int:
        """Number of clips: videos times views."""
        return len(self.videos) * self.views

    def __getitem__(self, index: int) -> Packed:
        """The packed clip ``index``; metainfo ``clip_index, video_index, video_id``. UserError if unreadable."""
        self._check(index)
        video = index // self.views
        with seeded(0, index):
            return self.reader(self.videos[video], clip_index=index, video_index=video)


@FUNCTIONS.register_module()
def episode_collate(batch: Sequence[list[Packed]]) -> dict[str, list[Any]]:
    """Episodes of packed clips to one flat ``{inputs: [...], data_samples: [...]}``."""
    clips = [clip for episode in batch for clip in episode]
    return {key: [clip[key] for clip in clips] for key in ("inputs", "data_samples")}
