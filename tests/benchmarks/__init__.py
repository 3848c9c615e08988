"""What unisched costs beside its peers: `nox -s bench` measures, and `docs/performance.md` shows what it found."""
