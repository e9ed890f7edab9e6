"""Weights that timm names, as files: from the Hugging Face hub's cache or, where there is a network, from the hub."""

from pathlib import Path

from huggingface_hub import constants, hf_hub_download
from huggingface_hub.errors import EntryNotFoundError, LocalEntryNotFoundError
from huggingface_hub.file_download import repo_folder_name
from timm.models import PretrainedCfg
from timm.models._hub import download_cached_file, get_cache_dir

from d2st.errors import UserError

#: what a repository on the hub may call its weights, in the order in which timm looks
USUAL = ("model.safetensors", "pytorch_model.bin")
CONFIG = "config.json"


def fetched(repository: str) -> Path:
    """The weights of ``OWNER/NAME`` or ``OWNER/NAME@REVISION``, with timm's ``config.json`` beside them if there is one.

    Raises:
        UserError: they cannot be fetched.
    """
    owner, _, revision = repository.partition("@")
    path = _first(USUAL, owner, revision or None, repository)
    try:
        hf_hub_download(owner, CONFIG, revision=revision or None)
    except LocalEntryNotFoundError as error:
        raise UserError(
            f"the weights of '{repository}' are here, but not what says how their pixels are normalised, {CONFIG}: "
            f"fetch both where there is a network (hf download {owner}) and pass their folder"
        ) from error
    except EntryNotFoundError:
        return path  # the trunk's name then says what the weights expect
    return path


def fetched_from(cfg: PretrainedCfg, name: str) -> Path:
    """The file that timm's settings name, for the trunk ``name``; a hub goes before other addresses, as with timm.

    Raises:
        UserError: it cannot be fetched.
    """
    if cfg.hf_hub_id:
        owner, _, revision = cfg.hf_hub_id.partition("@")
        files = (cfg.hf_hub_filename,) if cfg.hf_hub_filename else USUAL
        return _first(files, owner, revision or None, name)
    try:
        return Path(download_cached_file(cfg.url))
    except Exception as error:  # http clients raise many types
        raise _unreachable(name, str(cfg.url), get_cache_dir("checkpoints"), error) from error


def _first(files: tuple[str, ...], owner: str, revision: str | None, name: str) -> Path:
    try:
        for file in files[:-1]:
            try:
                return Path(hf_hub_download(owner, file, revision=revision))
            except EntryNotFoundError:
                continue
        return Path(hf_hub_download(owner, files[-1], revision=revision))
    except Exception as error:  # hub clients raise many types when offline
        folder = Path(constants.HF_HUB_CACHE) / repo_folder_name(repo_id=owner, repo_type="model")
        place = f"{folder} (HF_HOME moves it)"
        command = f" (hf download {owner})"
        raise _unreachable(name, f"the Hugging Face hub, {owner}", place, error, command) from error


def _unreachable(name: str, address: str, folder: str, error: Exception, command: str = "") -> UserError:
    return UserError(
        f"the weights of '{name}' are not in {folder}, where timm looks, and could not be fetched from {address} "
        f"({type(error).__name__}); fetch them where there is a network{command} and pass the file or its folder "
        "(--weights FILE, or weights=FILE in a config)"
    )
