import pytest

from hourglass.core import names
from hourglass.core.errors import SettingsError


@pytest.mark.parametrize("name", ["vae", "vae_2d", "2d", "my-images", "A", "v" * 64])
def test_a_name_is_returned(name: str) -> None:
    assert names.require(name, "variants") == name


@pytest.mark.parametrize(
    "name",
    [
        *(
            "pca; touch pwned; true",
            "..",
            ".",
            "a/b",
            "a\\b",
            "-rf",
            "$(id)",
            "`id`",
            "a'b",
            'a"b',
            "a b",
            "a|b",
            "a&b",
        ),
        *("", "vae\n", "\nvae", "a\0b", "é", "٣", "a.b", "_a", "v" * 65, "v" * 100_000, 5, None, ["vae"]),
    ],
    ids=repr,
)
def test_what_a_shell_or_a_path_could_misread_is_refused(name: object) -> None:
    with pytest.raises(SettingsError, match=r"^variants: .* is no name; a name has 1 to 64 letters") as caught:
        names.require(name, "variants")
    assert len(str(caught.value)) < 500
