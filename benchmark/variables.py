"""Environment variables of the processes that work; light, for they must be set before NumPy is imported."""

import os

THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS")
# glibc gives large freed tensors back to the system and faults their pages in again, up to a tenth of a step on
# the CPU; with these it keeps them (2.35 and later), and asks for huge pages, a twentieth of a step more where the
# system gives them on request. Results are the same to the bit.
MEMORY = ":".join(
    f"glibc.malloc.{name}={value}"
    for name, value in {
        "mmap_threshold": 2**32,
        "trim_threshold": 2**34,
        "top_pad": 2**26,
        "hugetlb": 1,
    }.items()
)


def threads_of(count: int) -> dict[str, str]:
    """So many threads for every library."""
    return dict.fromkeys(THREADS, str(count))


def kept_memory() -> dict[str, str]:
    """Memory that a process keeps; the caller's own setting wins."""
    return {"GLIBC_TUNABLES": os.environ.get("GLIBC_TUNABLES", MEMORY)}


def training_process(threads: int) -> dict[str, str]:
    """Environment of a process that trains."""
    return threads_of(threads) | kept_memory()
